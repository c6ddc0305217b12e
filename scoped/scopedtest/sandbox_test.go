package scopedtest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/scoped/scopedtest"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

var errBusiness = errors.New("the order is already paid")

// app is an application with a repository of notes.
type app struct {
	*scoped.Registry
	t     testing.TB
	table string
}

// onEach runs the test on each database that has savepoints.
func onEach(t *testing.T, test func(t *testing.T, a *app)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, newApp(t, "sqlite:///"+filepath.ToSlash(t.TempDir())+"/notes.db"))
	})
	t.Run("postgres", func(t *testing.T) { test(t, newApp(t, testdsn.Get(t, "postgres"))) })
	t.Run("mysql", func(t *testing.T) { test(t, newApp(t, testdsn.Get(t, "mysql"))) })
}

func newApp(t testing.TB, url string) *app {
	t.Helper()
	engine, err := session.Open(t.Context(), url, session.Options{}, sqlite.Driver, postgres.Driver, mysql.Driver)
	must(t, err)
	a := &app{Registry: scoped.New(engine), t: t, table: "st_" + strings.ToLower(rand.Text()[:8])}
	must(t, ddl(t.Context(), engine, "CREATE TABLE "+a.table+" (id BIGINT NOT NULL PRIMARY KEY, text TEXT)"))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		must(t, ddl(ctx, engine, "DROP TABLE "+a.table))
		must(t, engine.Close(ctx))
	})
	return a
}

func ddl(ctx context.Context, engine *session.Engine, sql string) error {
	return engine.RunSync(ctx, "tables of scopedtest", func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, sql)
		return err
	})
}

// add is the repository: it knows neither transactions nor sandboxes.
func (a *app) add(ctx context.Context, id int) error {
	_, err := a.Exec(ctx, "INSERT INTO "+a.table+" (id, text) VALUES (?, ?)", id, "a note")
	return err
}

// adds is a scope of its own that adds notes.
func (a *app) adds(ctx context.Context, ids ...int) error {
	return a.Do(ctx, func(ctx context.Context) error {
		for _, id := range ids {
			if err := a.add(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantIDs checks what is committed, in the sandbox of ctx or in the database.
func (a *app) wantIDs(ctx context.Context, want ...int64) {
	a.t.Helper()
	ids, err := scoped.DoValue(ctx, a.Registry, func(ctx context.Context) ([]int64, error) {
		return session.Collect[int64](ctx, a, "SELECT id FROM "+a.table+" ORDER BY id")
	}, scoped.RequiresNew, session.TxOptions{ReadOnly: true})
	must(a.t, err)
	if !slices.Equal(ids, want) {
		a.t.Errorf("committed are %v, want %v", ids, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error is %v, want %v", got, want)
	}
}

func TestWhatIsCommittedInASandboxIsUndoneAfterTheTest(t *testing.T) {
	onEach(t, func(t *testing.T, a *app) {
		must(t, a.adds(t.Context(), 1))
		t.Run("the test", func(t *testing.T) {
			ctx := scopedtest.Sandbox(t, a.Registry)
			must(t, a.adds(ctx, 2, 3))
			wantErr(t, a.Do(ctx, func(ctx context.Context) error {
				must(t, a.add(ctx, 4))
				return errBusiness
			}), errBusiness)
			a.wantIDs(ctx, 1, 2, 3)
			scopedtest.RolledBack(t, ctx, 1)
			scopedtest.Ran(t, ctx, "insert", a.table)
		})
		a.wantIDs(t.Context(), 1)
	})
}

func TestTestsInParallelDoNotSeeEachOther(t *testing.T) {
	onEach(t, func(t *testing.T, a *app) {
		t.Run("tests", func(t *testing.T) {
			for i := range 4 {
				t.Run("", func(t *testing.T) {
					t.Parallel()
					ctx := scopedtest.Sandbox(t, a.Registry)
					for j := range 5 {
						must(t, a.adds(ctx, 10*i+j))
					}
					a := &app{a.Registry, t, a.table}
					n := int64(10 * i)
					a.wantIDs(ctx, n, n+1, n+2, n+3, n+4)
					scopedtest.Committed(t, ctx, 6)
				})
			}
		})
		a.wantIDs(t.Context())
	})
}

func TestHooksHearOfCommitsInASandbox(t *testing.T) {
	onEach(t, func(t *testing.T, a *app) {
		ctx := scopedtest.Sandbox(t, a.Registry)
		var heard []string
		work := func(err error) error {
			return a.Do(ctx, func(ctx context.Context) error {
				must(t, a.OnCommit(ctx, func(ctx context.Context) {
					heard = append(heard, "committed")
					must(t, a.adds(ctx, 99+len(heard))) // a scope of its own
				}))
				must(t, a.OnRollback(ctx, func(context.Context) { heard = append(heard, "rolled back") }))
				must(t, a.add(ctx, len(heard)))
				return err
			})
		}
		must(t, work(nil))
		wantErr(t, work(errBusiness), errBusiness)
		if !slices.Equal(heard, []string{"committed", "rolled back"}) {
			t.Errorf("heard %q", heard)
		}
		a.wantIDs(ctx, 0, 100)
	})
}

func TestNothingEscapesFromASandbox(t *testing.T) {
	onEach(t, func(t *testing.T, a *app) {
		t.Run("the test", func(t *testing.T) {
			ctx := scopedtest.Sandbox(t, a.Registry)
			a := &app{a.Registry, t, a.table}
			must(t, a.Do(ctx, func(ctx context.Context) error {
				must(t, a.add(ctx, 1))
				must(t, a.Do(ctx, func(ctx context.Context) error { return a.add(ctx, 2) }, scoped.RequiresNew))
				must(t, a.adds(a.Outside(ctx), 3))
				_, err := scoped.Gather(ctx, a.Registry, []scoped.Func[int]{
					func(ctx context.Context) (int, error) { return 0, a.add(ctx, 4) },
					func(ctx context.Context) (int, error) { return 0, a.add(ctx, 5) },
				})
				must(t, err)
				for _, err := range scoped.AsCompleted(ctx, a.Registry, []scoped.Func[int]{
					func(ctx context.Context) (int, error) { return 0, a.add(ctx, 6) }}) {
					must(t, errors.Join(err, a.add(ctx, 7)))
				}
				task := scoped.Go(ctx, a.Registry, func(ctx context.Context) (int, error) { return 0, a.add(ctx, 8) })
				if _, err := task.Wait(); err != nil {
					return err
				}
				s, err := a.From(ctx)
				must(t, err)
				must(t, a.add(ctx, 9))
				return s.Commit(ctx) // by hand: this must not escape either
			}))
			forked, scope, err := a.Fork(ctx)
			must(t, err)
			must(t, scope.End(forked, a.add(forked, 10)))
			a.wantIDs(ctx, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
		})
		a.wantIDs(t.Context())
	})
}

func TestAStatementThatFailsDoesNotEndTheSandbox(t *testing.T) {
	onEach(t, func(t *testing.T, a *app) {
		ctx := scopedtest.Sandbox(t, a.Registry)
		must(t, a.adds(ctx, 1))
		if err := a.adds(ctx, 2, 1); session.KindOf(err) != session.KindUnique {
			t.Errorf("the error is %v", err)
		}
		must(t, a.Do(ctx, func(ctx context.Context) error {
			must(t, a.add(ctx, 3))
			if err := a.Nested(ctx, func(ctx context.Context) error { return a.add(ctx, 1) }); err == nil {
				t.Error("no error")
			}
			return a.add(ctx, 4)
		}))
		a.wantIDs(ctx, 1, 3, 4)
	})
}

func TestDDLThatCouldNotBeUndoneIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, a *app) {
		ctx := scopedtest.Sandbox(t, a.Registry)
		box := a.Engine(ctx)
		made := a.table + "_made"
		err := ddl(ctx, box, "CREATE TABLE "+made+" (id INTEGER)")
		if box.Describe().Capabilities.TransactionalDDL {
			must(t, err)
			must(t, a.Do(ctx, func(ctx context.Context) error {
				_, err := a.Exec(ctx, "INSERT INTO "+made+" (id) VALUES (1)")
				return err
			}))
			return
		}
		wantErr(t, err, session.ErrUnsupported)
		err = a.Do(ctx, func(ctx context.Context) error {
			must(t, a.add(ctx, 1))
			_, err := a.Exec(ctx, "CREATE TABLE "+made+" (id INTEGER)")
			return err
		})
		wantErr(t, err, session.ErrUnsupported)
		a.wantIDs(ctx)
	})
}

func TestATryThatFailedIsTriedAgain(t *testing.T) {
	onEach(t, func(t *testing.T, a *app) {
		ctx := scopedtest.Sandbox(t, a.Registry)
		tries := 0
		must(t, a.Do(ctx, func(ctx context.Context) error {
			tries++
			must(t, a.add(ctx, tries))
			if tries < 3 {
				return &session.Error{Kind: session.KindDeadlock, Err: errBusiness}
			}
			return nil
		}, session.Retry{Wait: 1, MaxWait: 1}))
		a.wantIDs(ctx, 3)
		scopedtest.RolledBack(t, ctx, 2)
	})
}

func TestTheMiddlewareAnswersInASandbox(t *testing.T) {
	onEach(t, func(t *testing.T, a *app) {
		t.Run("the test", func(t *testing.T) {
			ctx := scopedtest.Sandbox(t, a.Registry)
			a := &app{a.Registry, t, a.table}
			handler := scopedhttp.Middleware(a.Registry, scopedhttp.Options{})(
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					must(t, a.add(r.Context(), len(r.URL.Path)))
					if r.Method == http.MethodDelete {
						w.WriteHeader(http.StatusInternalServerError)
					}
				}))
			for _, r := range []*http.Request{
				httptest.NewRequest(http.MethodPost, "/", nil),
				httptest.NewRequest(http.MethodDelete, "/no", nil),
				httptest.NewRequest(http.MethodPost, "/four", nil)} {
				handler.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
			}
			scopedtest.Committed(t, ctx, 2)
			scopedtest.RolledBack(t, ctx, 1)
			a.wantIDs(ctx, 1, 5)
		})
		a.wantIDs(t.Context())
	})
}

func TestTwoSandboxesInOneContext(t *testing.T) {
	one := newApp(t, "sqlite:///"+filepath.ToSlash(t.TempDir())+"/notes.db")
	other := newApp(t, "sqlite:///"+filepath.ToSlash(t.TempDir())+"/notes.db")
	t.Run("the test", func(t *testing.T) {
		ctx := scopedtest.In(t, scopedtest.Sandbox(t, one.Registry), other.Registry)
		must(t, one.Do(ctx, func(ctx context.Context) error {
			must(t, one.add(ctx, 1))
			return other.adds(ctx, 2)
		}))
		(&app{one.Registry, t, one.table}).wantIDs(ctx, 1)
		(&app{other.Registry, t, other.table}).wantIDs(ctx, 2)
	})
	one.wantIDs(t.Context())
	other.wantIDs(t.Context())
}

func TestTheDatabaseNeedsSavepoints(t *testing.T) {
	engine, err := session.Open(t.Context(), "fake:", session.Options{}, withoutSavepoints())
	must(t, err)
	defer engine.Close(t.Context())
	_, err = engine.Sandbox(session.SandboxOptions{})
	wantErr(t, err, session.ErrUnsupported)
	rec := &recorder{TB: t}
	rec.run(func() { scopedtest.Sandbox(rec, scoped.New(engine)) })
	rec.want("no sandbox: session: not supported by this database: fakedriver has no savepoints")
}
