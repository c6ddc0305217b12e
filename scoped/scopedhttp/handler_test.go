package scopedhttp_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

type note struct {
	ID int64 `json:"id"`
}

var errNoSuchNote = errors.New("no such note")

// mapped has a mapping of errors to statuses.
func (b *bed) mapped() scopedhttp.Options {
	return scopedhttp.Options{
		Logger: quiet,
		Error: func(w http.ResponseWriter, r *http.Request, err error) {
			if errors.Is(err, errNoSuchNote) {
				http.Error(w, err.Error(), http.StatusNotFound)
			}
		},
	}
}

func (b *bed) adding(result error) func(r *http.Request) (note, error) {
	return func(r *http.Request) (note, error) {
		b.mustAdd(r, 1)
		return note{1}, result
	}
}

func TestAValueIsCommittedAndThenSent(t *testing.T) {
	b := newBed(t, session.Options{})
	w := &under{ResponseRecorder: httptest.NewRecorder(), bed: b}
	scopedhttp.Handler(b.Registry, b.mapped(), b.adding(nil), scopedhttp.SendJSON).
		ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	wantStatus(t, w.ResponseRecorder, http.StatusOK)
	if w.early || w.Body.String() != "{\"id\":1}\n" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("before the commit: %v, %v, %q", w.early, w.Header(), w.Body)
	}
	b.wantIDs(1)
}

func TestAnErrorInPlaceOfAValueRollsBackAndIsMapped(t *testing.T) {
	for want, err := range map[int]error{
		404: fmt.Errorf("looking: %w", errNoSuchNote),
		500: errors.New("broken"),
	} {
		b := newBed(t, session.Options{})
		w := call(scopedhttp.Handler(b.Registry, b.mapped(), b.adding(err), scopedhttp.SendJSON))
		wantStatus(t, w, want)
		b.wantIDs()
	}
}

func TestTheErrorsOfAHandlerAreNotLogged(t *testing.T) {
	b := newBed(t, session.Options{})
	opts := b.mapped()
	opts.Logger = b.logger()
	call(scopedhttp.Handler(b.Registry, opts, b.adding(errNoSuchNote), scopedhttp.SendJSON))
	if text := b.log.text.String(); text != "" {
		t.Errorf("the log says %s", text)
	}
}

func TestAValueWhoseCommitFailsIsNotSent(t *testing.T) {
	b := newBed(t, session.Options{})
	b.failCommit()
	opts := b.mapped()
	opts.Logger = b.logger()
	w := call(scopedhttp.Handler(b.Registry, opts, b.adding(nil), scopedhttp.SendJSON))
	wantStatus(t, w, http.StatusInternalServerError)
	if got := w.Body.String(); got != "Internal Server Error\n" {
		t.Errorf("the body is %q", got)
	}
	if log := b.log.text.String(); strings.Count(log, "level=ERROR") != 1 {
		t.Errorf("the log says %s", log)
	}
	b.wantIDs()
}

func TestAValueThatCannotBeEncodedIsNotCommitted(t *testing.T) {
	b := newBed(t, session.Options{})
	w := call(scopedhttp.Handler(b.Registry, b.mapped(), func(r *http.Request) (func(), error) {
		b.mustAdd(r, 1)
		return func() {}, nil
	}, scopedhttp.SendJSON))
	wantStatus(t, w, http.StatusInternalServerError)
	b.wantIDs()
}

func TestAnErrorAfterTheFirstByteOfAValueIsLogged(t *testing.T) {
	b := newBed(t, session.Options{})
	opts := b.mapped()
	opts.Logger = b.logger()
	w := call(scopedhttp.Handler(b.Registry, opts, b.adding(nil),
		func(w http.ResponseWriter, r *http.Request, n note) error {
			fmt.Fprint(w, n.ID)
			return errors.New("out of paper")
		}))
	wantStatus(t, w, http.StatusOK)
	b.log.want(t, "level=ERROR", "committed, but sending failed", "out of paper")
	b.wantIDs(1)
}

func TestASentValueMayBeHeldBackUntilItIsComplete(t *testing.T) {
	b := newBed(t, session.Options{})
	opts := b.mapped()
	opts.Buffer = 100
	w := call(scopedhttp.Handler(b.Registry, opts, b.adding(nil),
		func(w http.ResponseWriter, r *http.Request, n note) error {
			fmt.Fprint(w, n.ID)
			return errNoSuchNote
		}))
	wantStatus(t, w, http.StatusNotFound)
	b.wantIDs()
}

func TestAHandlerInsideAMiddlewareJoins(t *testing.T) {
	for status, c := range map[int]struct {
		err  error
		fail bool
		ids  []int64
	}{
		200: {ids: []int64{1, 2}},
		404: {err: errNoSuchNote}, // below the outer one's border: yet nothing is committed
		500: {fail: true},
	} {
		b := newBed(t, session.Options{MaxConns: 1})
		if c.fail {
			b.failCommit()
		}
		inner := scopedhttp.Handler(b.Registry, b.mapped(), b.adding(c.err), scopedhttp.SendJSON)
		w := b.get(func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 2)
			inner.ServeHTTP(w, r)
		})
		wantStatus(t, w, status)
		b.wantIDs(c.ids...)
	}
}

func TestAHandlerNeedsItsFunctions(t *testing.T) {
	b := newBed(t, session.Options{})
	want := "scopedhttp: Handler needs a function that handles requests and one that sends values"
	p := panicOf(func() { scopedhttp.Handler[note](b.Registry, scopedhttp.Options{}, nil, scopedhttp.SendJSON) })
	q := panicOf(func() { scopedhttp.Handler(b.Registry, scopedhttp.Options{}, b.adding(nil), nil) })
	if p != want || q != want {
		t.Errorf("it panicked with %v and %v", p, q)
	}
}
