package session_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// spy is a driver that keeps what it is opened with.
type spy struct {
	drivers.Driver
	got drivers.Config
}

func (s *spy) Open(ctx context.Context, cfg drivers.Config) (drivers.Pool, error) {
	s.got = cfg
	return s.Driver.Open(ctx, cfg)
}

// opened returns the options that a driver gets for o.
func opened(t *testing.T, o session.Options) drivers.PoolOptions {
	t.Helper()
	d := &spy{Driver: fakedriver.New(fakedriver.Options{}).Driver()}
	e, err := session.Open(t.Context(), "fake:", o, d)
	if err != nil {
		t.Fatal(err)
	}
	if d.got.Logger == nil || d.got.URL != "fake:" {
		t.Errorf("the driver got %+v", d.got)
	}
	wantIs(t, e.Close(t.Context()), nil)
	return d.got.Pool
}

func TestOptionsHaveTheirDocumentedDefaults(t *testing.T) {
	want := drivers.PoolOptions{
		MaxConns: 8, MinIdleConns: 0, MaxConnLifetime: time.Hour, MaxConnLifetimeJitter: 6 * time.Minute,
		MaxConnIdleTime: 30 * time.Minute, PrePing: drivers.PingNever, PingIdleAfter: 30 * time.Second,
		PingTimeout: 2 * time.Second, ConnectTimeout: 10 * time.Second, CancelGrace: 2 * time.Second,
	}
	if got := opened(t, session.Options{}); got != want {
		t.Errorf("the driver gets\n%+v, want\n%+v", got, want)
	}
}

func TestTheLimitsThatTheSessionKeepsHaveTheirDocumentedDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		s := b.Session()
		defer s.Close()
		b.exec(s, 1)
		start := time.Now()
		wantIs(t, b.Ping(t.Context()), session.ErrPoolTimeout)
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("AcquireTimeout is %v", took)
		}
		b.db.Once("commit", fakedriver.Reaction{Wait: make(chan struct{}), Deaf: true})
		start = time.Now()
		wantIs(t, s.Commit(t.Context()), session.ErrCommitUnknown)
		if took := time.Since(start); took != 10*time.Second+2*time.Second {
			t.Errorf("EndTimeout and CancelGrace are %v", took)
		}
	})
}

// TestEveryOptionSaysWhatItsZeroValueMeans reads the comments: a number or a
// duration has a default, and the comment says which.
func TestEveryOptionSaysWhatItsZeroValueMeans(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "options.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	ast.Inspect(file, func(n ast.Node) bool {
		typ, ok := n.(*ast.TypeSpec)
		if !ok || typ.Name.Name != "Options" {
			return true
		}
		for _, field := range typ.Type.(*ast.StructType).Fields.List {
			name := field.Names[0].Name
			fields += len(field.Names)
			kind := reflect.ValueOf(session.Options{}).FieldByName(name).Kind()
			switch {
			case field.Doc == nil:
				t.Errorf("Options.%s has no comment", name)
			case kind != reflect.Bool && kind != reflect.Struct && name != "Observer" &&
				!strings.Contains(field.Doc.Text(), "default"):
				t.Errorf("Options.%s does not say its default", name)
			}
		}
		return false
	})
	if want := reflect.TypeFor[session.Options]().NumField(); fields != want {
		t.Errorf("%d of %d fields were read", fields, want)
	}
}

func TestOptionsReachTheDriver(t *testing.T) {
	want := drivers.PoolOptions{
		MaxConns: 3, MinIdleConns: 2, MaxConnLifetime: 4, MaxConnLifetimeJitter: 5,
		MaxConnIdleTime: 6, PrePing: drivers.PingAlways, PingIdleAfter: 7,
		PingTimeout: 8, ConnectTimeout: 9, CancelGrace: 10,
	}
	got := opened(t, session.Options{
		MaxConns: 3, MinIdleConns: 2, MaxConnLifetime: 4, MaxConnLifetimeJitter: 5,
		MaxConnIdleTime: 6, PrePing: session.PingAlways, PingIdleAfter: 7,
		PingTimeout: 8, ConnectTimeout: 9, CancelGrace: 10,
	})
	if got != want {
		t.Errorf("the driver gets\n%+v, want\n%+v", got, want)
	}
	if v := reflect.ValueOf(want); true {
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("this test does not cover PoolOptions.%s", v.Type().Field(i).Name)
			}
		}
	}
}

func TestNegativeLimitsAreNoLimits(t *testing.T) {
	got := opened(t, session.Options{MaxConnLifetime: -1, MaxConnLifetimeJitter: -1, MaxConnIdleTime: -1})
	if got.MaxConnLifetime != 0 || got.MaxConnLifetimeJitter != 0 || got.MaxConnIdleTime != 0 {
		t.Errorf("the driver gets %+v", got)
	}
	got = opened(t, session.Options{MaxConnLifetime: -1})
	if got.MaxConnLifetimeJitter != 0 {
		t.Errorf("no lifetime, but jitter %v", got.MaxConnLifetimeJitter)
	}
}

// contradictions has, for each field of Options, values that are refused. An
// empty list says that every value is good.
var contradictions = map[string][]session.Options{
	"MaxConns":              {{MaxConns: -1}},
	"MinIdleConns":          {{MinIdleConns: -1}, {MinIdleConns: 9}, {MinIdleConns: 3, MaxConns: 2}},
	"MaxConnLifetime":       {},
	"MaxConnLifetimeJitter": {},
	"MaxConnIdleTime":       {},
	"PrePing":               {{PrePing: session.PingAlways + 1}},
	"PingIdleAfter":         {{PingIdleAfter: -1}},
	"PingTimeout":           {{PingTimeout: -1}},
	"ConnectTimeout":        {{ConnectTimeout: -1}},
	"AcquireTimeout":        {},
	"EndTimeout":            {{EndTimeout: -1}},
	"CancelGrace":           {{CancelGrace: -1}},
	"Tx":                    {{Tx: session.TxOptions{LockTimeout: -1}}},
	"Logger":                {},
	"LogStatements":         {},
	"LogArgs":               {{LogArgs: true}},
	"Observer":              {},
	"LeakStacks":            {},
}

// txContradictions is the same for TxOptions.
var txContradictions = map[string][]session.TxOptions{
	"Isolation": {{Isolation: session.Serializable + 1}},
	"ReadOnly":  {},
	"Deferrable": {{Deferrable: true}, {Deferrable: true, ReadOnly: true},
		{Deferrable: true, Isolation: session.Serializable}},
	"StatementTimeout": {{StatementTimeout: -1}, {StatementTimeout: time.Microsecond}},
	"LockTimeout":      {{LockTimeout: -time.Second}, {LockTimeout: time.Millisecond - 1}},
	"Settings": {{Settings: session.Setting("", "acme")}, {Settings: session.Setting("app\xff", "acme")},
		{Settings: session.Setting("app.tenant", "\xff")}, {Settings: session.Setting("app.tenant", "a\x00b")}},
}

func everyField[T any](t *testing.T, table map[string][]T) {
	t.Helper()
	typ := reflect.TypeFor[T]()
	for i := range typ.NumField() {
		if _, ok := table[typ.Field(i).Name]; !ok {
			t.Errorf("nothing is said about %s.%s", typ, typ.Field(i).Name)
		}
	}
	if len(table) != typ.NumField() {
		t.Errorf("%d fields are covered, %s has %d", len(table), typ, typ.NumField())
	}
}

func TestValidateNamesTheFieldThatContradicts(t *testing.T) {
	everyField(t, contradictions)
	for field, all := range contradictions {
		for _, o := range all {
			err := o.Validate()
			if err == nil || field != "Tx" && !strings.Contains(err.Error(), "session: Options."+field+" ") {
				t.Errorf("%s: %v", field, err)
			}
			if _, openErr := session.Open(t.Context(), "fake:", o,
				fakedriver.New(fakedriver.Options{}).Driver()); openErr == nil {
				t.Errorf("%s: Open accepts %+v", field, o)
			}
			if _, newErr := session.New(fakedriver.New(fakedriver.Options{}).NewPool(), o); newErr == nil {
				t.Errorf("%s: New accepts %+v", field, o)
			}
		}
	}
}

func TestValidateReportsEveryContradictionAtOnce(t *testing.T) {
	err := (&session.Options{MaxConns: -1, LogArgs: true, PingTimeout: -1,
		Tx: session.TxOptions{Isolation: 99}}).Validate()
	wantText(t, fmt.Sprint(err), "Options.MaxConns", "Options.LogArgs", "Options.PingTimeout",
		"TxOptions.Isolation")
}

func TestGoodOptionsAreAccepted(t *testing.T) {
	for _, o := range []session.Options{
		{}, {MinIdleConns: 8}, {MaxConns: 1, MinIdleConns: 1}, {AcquireTimeout: -1},
		{LogArgs: true, LogStatements: true}, {PrePing: session.PingAlways},
		{Tx: session.TxOptions{Isolation: session.Serializable, ReadOnly: true, Deferrable: true,
			StatementTimeout: time.Millisecond, LockTimeout: time.Second}},
	} {
		if err := o.Validate(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestContradictingTxOptionsAreRefusedByOpenBeginAndTheFirstStatement(t *testing.T) {
	everyField(t, txContradictions)
	b := newBed(t, fakedriver.Options{}, session.Options{})
	for field, all := range txContradictions {
		for _, o := range all {
			_, err := session.New(b.db.NewPool(), session.Options{Tx: o})
			s := b.Session(o)
			_, execErr := s.Exec(t.Context(), insert, 1)
			for when, err := range map[string]error{"New": err, "Begin": s.Begin(o), "Exec": execErr,
				"Queue": s.Queue(insert, 1)} {
				if err == nil || !strings.Contains(err.Error(), "session: TxOptions."+field) {
					t.Errorf("%s: %+v: %v", when, o, err)
				}
			}
			wantState(t, s, session.StateIdle)
			_ = s.Close()
		}
	}
	b.wantLog()
}

// lacking are, for each field of TxOptions, a database that lacks it and
// options that ask for it.
var lacking = map[string][]struct {
	change func(*drivers.Capabilities)
	opts   session.TxOptions
}{
	"Isolation": {{func(c *drivers.Capabilities) { c.Isolation = c.Isolation[:2] },
		session.TxOptions{Isolation: session.Serializable}}},
	"ReadOnly": {{func(c *drivers.Capabilities) { c.ReadOnly = false }, session.TxOptions{ReadOnly: true}}},
	"Deferrable": {{func(c *drivers.Capabilities) { c.Deferrable = false },
		session.TxOptions{Isolation: session.Serializable, ReadOnly: true, Deferrable: true}}},
	"StatementTimeout": {{func(c *drivers.Capabilities) { c.StatementTimeout = false },
		session.TxOptions{StatementTimeout: time.Second}}},
	"LockTimeout": {{func(c *drivers.Capabilities) { c.LockTimeout = false },
		session.TxOptions{LockTimeout: time.Second}}},
	"Settings": {{func(c *drivers.Capabilities) { c.Settings = false },
		session.TxOptions{Settings: session.Setting("app.tenant", "acme")}}},
}

func TestWhatADatabaseLacksIsRefusedByOpenBeginAndTheFirstStatement(t *testing.T) {
	typ := reflect.TypeFor[session.TxOptions]()
	for i := range typ.NumField() {
		if lacking[typ.Field(i).Name] == nil {
			t.Errorf("nothing is said about TxOptions.%s", typ.Field(i).Name)
		}
	}
	for field, all := range lacking {
		for _, c := range all {
			fake := capabilities(c.change)
			_, err := session.Open(t.Context(), "fake:", session.Options{Tx: c.opts},
				fakedriver.New(fake).Driver())
			wantIs(t, err, session.ErrUnsupported)
			wantText(t, fmt.Sprint(err), "Options.Tx", "fakedriver has no")

			b := newBed(t, fake, session.Options{})
			s := b.Session(c.opts)
			wantIs(t, s.Begin(c.opts), session.ErrUnsupported)
			_, err = s.Exec(t.Context(), insert, 1)
			wantIs(t, err, session.ErrUnsupported)
			wantIs(t, b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
				_, err := s.Exec(ctx, insert, 1)
				return err
			}, c.opts), session.ErrUnsupported)
			wantState(t, s, session.StateIdle)
			b.wantLog()

			ok := newBed(t, fakedriver.Options{}, session.Options{Tx: c.opts})
			wantIs(t, ok.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
				_, err := session.Collect[int](ctx, s, ids)
				return err
			}), nil)
			if got := ok.flights()[0]; len(got) <= len("begin; query "+ids) {
				t.Errorf("%s was not sent: %s", field, got)
			}
		}
	}
}

func TestOptionsOfASessionGoBeforeThoseOfTheEngine(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{Tx: session.TxOptions{LockTimeout: time.Second}})
	for _, opts := range [][]session.Option{nil, {readOnly}, {session.TxOptions{}}} {
		wantIs(t, b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
			_, err := session.Collect[int](ctx, s, ids)
			return err
		}, opts...), nil)
	}
	b.wantLog("begin lock timeout 1s; query "+ids, "commit",
		"begin read only; query "+ids, "commit", "begin; query "+ids, "commit")
}
