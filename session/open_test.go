package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// other is a driver for two schemes that cannot be opened.
type other struct{ err error }

func (other) Schemes() []string { return []string{"other", "another"} }

func (o other) Open(context.Context, drivers.Config) (drivers.Pool, error) { return nil, o.err }

func TestOpenFindsTheDriverForTheScheme(t *testing.T) {
	cannot := errors.New("cannot open this")
	fake := fakedriver.New(fakedriver.Options{}).Driver()
	const known = "other:, another:, fake:"
	for url, want := range map[string]string{
		"fake:":                             "",
		"FAKE://host/db":                    "",
		"fake:Driver=x;Server=y":            "",
		"another://host":                    "cannot open this",
		"other:":                            "cannot open this",
		"postgres://user:hunter2@host/db":   `no driver for scheme "postgres:"; the drivers given know ` + known,
		"":                                  "the database URL has no scheme; it must begin with one of " + known,
		"file.db":                           "the database URL has no scheme",
		"://host":                           `no driver for scheme ":"`,
		"fake":                              "the database URL has no scheme",
		"Driver={x};Pwd=hunter2:a;Server=y": `no driver for scheme "…:"`,
		" fake:":                            `no driver for scheme " fake:"`,
		"user=me password=hunter2 host=db":  "the database URL has no scheme",
	} {
		e, err := session.Open(t.Context(), url, session.Options{}, other{cannot}, fake)
		if err == nil {
			wantIs(t, e.Close(t.Context()), nil)
		}
		if want == "" != (err == nil) || !strings.Contains(fmt.Sprint(err), want) && want != "" {
			t.Errorf("%q: %v, want %q", url, err, want)
		}
		if strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("the password is printed: %v", err)
		}
	}
}

func TestOpenWithoutDriversSaysHowToGiveOne(t *testing.T) {
	_, err := session.Open(t.Context(), "fake:", session.Options{})
	wantText(t, fmt.Sprint(err), "no driver given", "sqlite.Driver")
}

func TestOpenDialsNothingAndPingDoes(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	dials := 0
	down := errors.New("down")
	b.db.OnDial(func(context.Context) error { dials++; return down })
	if dials != 0 || b.Stats().Pool.Opened != 0 {
		t.Error("Open dialled")
	}
	wantIs(t, b.Ping(t.Context()), down)
	b.db.OnDial(nil)
	wantIs(t, b.Ping(t.Context()), nil)
	b.db.KillAll()
	wantIs(t, b.Ping(t.Context()), nil) // on another connection
	if st := b.Stats(); st.Pool.Opened != 2 || st.InUse != 0 {
		t.Errorf("%+v", st)
	}
}

func TestAnEngineDescribesItsDatabase(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 3})
	if d := b.Describe(); d.Driver != "fakedriver" || d.MaxConns != 3 || d != b.Describe() {
		t.Errorf("%+v", d)
	}
}

// badPool is a pool that describes no connections.
type badPool struct {
	*fakedriver.Pool
	closed bool
}

func (*badPool) Describe() *drivers.Description { return &drivers.Description{Driver: "bad"} }

func (p *badPool) Close(ctx context.Context) error {
	p.closed = true
	return p.Pool.Close(ctx)
}

type badDriver struct{ pool *badPool }

func (badDriver) Schemes() []string { return []string{"bad"} }

func (d badDriver) Open(context.Context, drivers.Config) (drivers.Pool, error) { return d.pool, nil }

func TestAPoolThatCannotBeUsedIsClosedAgain(t *testing.T) {
	p := &badPool{Pool: fakedriver.New(fakedriver.Options{}).NewPool()}
	_, err := session.Open(t.Context(), "bad:", session.Options{}, badDriver{p})
	wantText(t, fmt.Sprint(err), "driver bad describes 0 connections")
	if !p.closed {
		t.Error("the pool is left open")
	}
}

func TestNewTakesItsLimitFromThePool(t *testing.T) {
	e, err := session.New(fakedriver.New(fakedriver.Options{MaxConns: 2}).NewPool(), session.Options{MaxConns: 50})
	wantIs(t, err, nil)
	defer e.Close(t.Context())
	if n := e.Describe().MaxConns; n != 2 {
		t.Errorf("%d connections", n)
	}
}

// FuzzURLScheme: whatever the URL, Open finds the driver by what is in front
// of the first colon, and its errors show nothing of what is behind it.
func FuzzURLScheme(f *testing.F) {
	for _, url := range []string{"fake:", "fake://host/db?x=y", "FaKe:x", "", ":", "://", "fake",
		"postgres://user:password@host/db", "sqlite://:memory:", "odbc:Driver={x};Pwd=secret",
		"\x00:", "fäke:x", "C:\\data\\file.db", "fake\n:x", strings.Repeat("a", 1000) + ":x"} {
		f.Add(url)
	}
	driver := fakedriver.New(fakedriver.Options{}).Driver()
	f.Fuzz(func(t *testing.T, url string) {
		e, err := session.Open(t.Context(), url, session.Options{}, other{errors.New("other")}, driver)
		scheme, rest, ok := strings.Cut(url, ":")
		switch {
		case !ok:
			wantText(t, fmt.Sprint(err), "has no scheme")
		case strings.EqualFold(scheme, "fake"):
			if err != nil {
				t.Fatal(err)
			}
			wantIs(t, e.Close(t.Context()), nil)
		case strings.EqualFold(scheme, "other"), strings.EqualFold(scheme, "another"):
			wantText(t, fmt.Sprint(err), "other")
		default:
			want := fmt.Sprintf("session: no driver for scheme %q; the drivers given know other:, another:, fake:",
				scheme+":")
			if fmt.Sprint(err) != want {
				t.Errorf("%q: %v (behind the colon: %q)", url, err, rest)
			}
		}
	})
}
