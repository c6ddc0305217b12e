package scopedhttp_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

func TestTheOutcomeFollowsTheStatus(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		status int
		commit bool
	}{
		"nothing at all":   {func(http.ResponseWriter) {}, 200, true},
		"a body":           {func(w http.ResponseWriter) { io.WriteString(w, "ok") }, 200, true},
		"an empty write":   {func(w http.ResponseWriter) { w.Write(nil) }, 200, true},
		"created":          {func(w http.ResponseWriter) { w.WriteHeader(201) }, 201, true},
		"no content":       {func(w http.ResponseWriter) { w.WriteHeader(204) }, 204, true},
		"not modified":     {func(w http.ResponseWriter) { w.WriteHeader(304) }, 304, true},
		"a redirect":       {func(w http.ResponseWriter) { w.WriteHeader(303) }, 303, true},
		"switching":        {func(w http.ResponseWriter) { w.WriteHeader(101) }, 101, true},
		"unauthorized":     {func(w http.ResponseWriter) { http.Error(w, "no", 401) }, 401, true},
		"an error":         {func(w http.ResponseWriter) { http.Error(w, "no", 500) }, 500, false},
		"unavailable":      {func(w http.ResponseWriter) { w.WriteHeader(503) }, 503, false},
		"success then 500": {statuses(200, 500), 200, true},
		"500 then success": {statuses(500, 200), 500, false},
		"hints before":     {statuses(103, 103, 500), 500, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, session.Options{})
			w := &under{ResponseRecorder: httptest.NewRecorder(), bed: b}
			b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
				b.mustAdd(r, 1)
				c.answer(w)
			}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
			wantStatus(t, w.ResponseRecorder, c.status)
			if c.commit {
				b.wantIDs(1)
			} else {
				b.wantIDs()
			}
			if w.early {
				t.Error("a byte went out before the commit")
			}
		})
	}
}

func statuses(all ...int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for _, status := range all {
			w.WriteHeader(status)
		}
	}
}

// under is the server's writer; it looks into the database before it sends.
type under struct {
	*httptest.ResponseRecorder
	bed         *bed
	sent, early bool
}

func (w *under) look(status int) {
	if !w.sent {
		w.sent = true
		w.early = status < 500 && len(w.bed.ids()) == 0
	}
}

func (w *under) WriteHeader(status int) {
	if status < 100 || status >= 200 || status == http.StatusSwitchingProtocols {
		w.look(status)
		w.ResponseRecorder.WriteHeader(status)
	}
}

func (w *under) Write(p []byte) (int, error) {
	w.look(http.StatusOK)
	return w.ResponseRecorder.Write(p)
}

func TestRollbackOnMovesTheBorder(t *testing.T) {
	b := newBed(t, session.Options{})
	opts := scopedhttp.Options{RollbackOn: func(status int) bool { return status >= 400 }}
	w := call(b.with(opts, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		w.Header().Set("X-Reason", "number")
		http.Error(w, "not a number", http.StatusUnprocessableEntity)
	}))
	wantStatus(t, w, http.StatusUnprocessableEntity)
	if w.Body.String() != "not a number\n" || w.Header().Get("X-Reason") != "number" {
		t.Errorf("the handler's answer was changed: %v %s", w.Header(), w.Body)
	}
	b.wantIDs()
}

func TestAClientErrorAfterAFailedStatementIsSentAsItIs(t *testing.T) {
	b := newBed(t, session.Options{})
	b.get(func(w http.ResponseWriter, r *http.Request) { b.mustAdd(r, 1) })
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 2)
		if err := b.add(r, 1); session.KindOf(err) == session.KindUnique {
			http.Error(w, "it is there already", http.StatusConflict)
		}
		if err := b.add(r, 3); !strings.Contains(err.Error(), "was rolled back") {
			t.Errorf("afterwards the scope says %v", err)
		}
	})
	wantStatus(t, w, http.StatusConflict)
	b.wantIDs(1)
}

func TestAClientErrorAfterAFailedPartIsSentAsItIs(t *testing.T) {
	b := newBed(t, session.Options{})
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		err := b.Do(r.Context(), func(ctx context.Context) error {
			b.mustAdd(r.WithContext(ctx), 1)
			return io.ErrUnexpectedEOF
		})
		http.Error(w, err.Error(), http.StatusBadRequest)
	})
	wantStatus(t, w, http.StatusBadRequest)
	b.wantIDs()
}

func TestASuccessAfterAFailedStatementIsReplaced(t *testing.T) {
	b := newBed(t, session.Options{})
	b.db.Once("insert", fakedriver.Reaction{Err: fakedriver.Errorf(drivers.KindCheck, "no")})
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		_ = b.add(r, 1) // swallowed
		io.WriteString(w, "done")
	})
	wantStatus(t, w, http.StatusInternalServerError)
	b.wantIDs()
}

func TestAClientErrorWhoseCommitFailsIsReplaced(t *testing.T) {
	b := newBed(t, session.Options{})
	b.failCommit()
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1) // the failed login that must be counted
		http.Error(w, "wrong password", http.StatusUnauthorized)
	})
	wantStatus(t, w, http.StatusInternalServerError)
}

func TestAClientThatWentAwayRollsBack(t *testing.T) {
	b := newBed(t, session.Options{})
	ctx, leave := context.WithCancel(t.Context())
	w := httptest.NewRecorder()
	b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		leave()
		w.WriteHeader(http.StatusCreated)
	}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil).WithContext(ctx))
	if w.Code < 500 {
		t.Errorf("whoever is still there was told %d", w.Code)
	}
	b.wantIDs()
	b.log.want(t, "level=INFO", "context canceled")
}

func TestARequestThatUsesNoDatabaseCostsNothing(t *testing.T) {
	b := newBed(t, session.Options{})
	before := b.db.Counts()
	for _, status := range []int{200, 404, 500} {
		answer := func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }
		wantStatus(t, b.get(answer), status)
	}
	if after := b.db.Counts(); after.Flights != before.Flights || after.Opened != before.Opened {
		t.Errorf("the database saw %+v, before %+v", after, before)
	}
}

func TestTheTransactionsOptionsMayDependOnTheRequest(t *testing.T) {
	b := newBed(t, session.Options{Tx: session.TxOptions{Isolation: session.Serializable}})
	opts := scopedhttp.Options{Tx: func(r *http.Request) session.TxOptions {
		return session.TxOptions{ReadOnly: r.Method == http.MethodGet}
	}}
	h := b.with(opts, func(w http.ResponseWriter, r *http.Request) {
		_, err := session.Collect[int](r.Context(), b, "SELECT id FROM notes")
		must(t, err)
	})
	for method, want := range map[string]string{
		http.MethodGet:  "begin read only",
		http.MethodPost: "begin isolation level serializable", // the engine's
	} {
		b.db.ResetLog()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/", nil))
		if got := b.db.Log()[0]; got != want {
			t.Errorf("%s began with %q, want %q", method, got, want)
		}
	}
}

func TestRowsThatAreOpenAtTheFirstByteCannotBeCommitted(t *testing.T) {
	b := newBed(t, session.Options{})
	b.get(func(w http.ResponseWriter, r *http.Request) { b.mustAdd(r, 1) })
	var last error
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		for _, err := range session.Each[int](r.Context(), b, "SELECT id FROM notes") {
			_, last = io.WriteString(w, "row\n")
			must(t, err)
			break
		}
	})
	wantStatus(t, w, http.StatusInternalServerError)
	wantErr(t, last, session.ErrRowsOpen)
	b.log.want(t, "rows of an earlier query are still open")
}
