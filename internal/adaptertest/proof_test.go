package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// library is a library that works through an adapter, set up as its users do.
type library struct {
	name  string
	kinds []string
	open  func(b *bed) client
	// apart: what it writes is not in the table of notes.
	apart bool
	// own: each of its writes is in a transaction of its own, and fails alone.
	own bool
}

// client is what a library does in its own way.
type client interface {
	// add writes the note of a number.
	add(ctx context.Context, id int64) error
	// ids reads the numbers of the notes, in order.
	ids(ctx context.Context) ([]int64, error)
	// breaks runs a statement that the server refuses; note 1 is there.
	breaks(ctx context.Context) error
	// tx runs fn in a transaction of the library's: committed on nil, else rolled back.
	tx(ctx context.Context, fn func(context.Context, client) error) error
}

var everywhere = []string{onSQLite, onPostgres, onMySQL}

var libraries = []library{
	{name: "sqlc", kinds: everywhere, open: openSQLC},
	{name: "sqlx", kinds: everywhere, open: openSQLX},
	{name: "squirrel", kinds: everywhere, open: openSquirrel},
	{name: "squirrel with cached statements", kinds: everywhere, open: openCachedSquirrel},
	{name: "bun", kinds: everywhere, open: openBun},
	{name: "GORM", kinds: everywhere, open: openGORM, own: true},
	{name: "GORM with prepared statements", kinds: everywhere, open: openPreparedGORM},
	{name: "sqlc for pgx", kinds: []string{onPostgres}, open: openSQLCPgx},
	{name: "scany", kinds: []string{onPostgres}, open: openScany},
	{name: "river", kinds: []string{onPostgres}, open: openRiver, apart: true},
}

// rules are what each library must do.
var rules = map[string]func(b *bed, lib library, c client){
	"its writes and the session's are kept together":         keptTogether,
	"its writes and the session's are rolled back together":  undoneTogether,
	"its own transactions are savepoints that fail alone":    failsAlone,
	"its own transactions go with the scope":                 goesWithTheScope,
	"a transaction inside of its transaction can fail alone": failsAloneInside,
	"it reads what is not committed":                         readsItsOwn,
	"a statement that fails fails the scope":                 failsTheScope,
	"scopes of two goroutines do not mix":                    doesNotMix,
	"without a scope it is told so":                          toldSo,
}

func TestLibrariesTakePartInScopes(t *testing.T) {
	for _, lib := range libraries {
		for _, kind := range lib.kinds {
			t.Run(lib.name+" on "+kind, func(t *testing.T) {
				b := newBed(t, kind)
				c := lib.open(b)
				for name, rule := range rules {
					t.Run(name, func(t *testing.T) {
						rule(b.on(t), lib, c)
						b.on(t).empty()
					})
				}
			})
		}
	}
}

// empty makes the next rule begin with nothing.
func (b *bed) empty() {
	b.Helper()
	b.inScope(func(ctx context.Context) {
		_, err := b.Exec(ctx, "DELETE FROM notes")
		b.must(err)
		if b.clean != "" {
			_, err := b.Exec(ctx, b.clean)
			b.must(err)
		}
	})
}

func keptTogether(b *bed, _ library, c client) {
	b.inScope(func(ctx context.Context) {
		b.must(c.add(ctx, 1))
		b.plain(ctx, 2)
		b.must(c.add(ctx, 3))
		b.wantSeen(ctx, 1, 2, 3)
	})
	b.wantKept(1, 2, 3)
	b.wantOdd()
}

func (b *bed) wantOdd() {
	b.Helper()
	b.inScope(func(ctx context.Context) {
		bodies, err := session.Collect[string](ctx, b.Registry, "SELECT DISTINCT body FROM notes")
		b.must(err)
		if !slices.Equal(bodies, []string{odd}) {
			b.Errorf("the notes say %q, want %q", bodies, odd)
		}
	})
}

func undoneTogether(b *bed, _ library, c client) {
	b.undone(func(ctx context.Context) {
		b.plain(ctx, 1)
		b.must(c.add(ctx, 2))
		b.wantSeen(ctx, 1, 2)
	})
	b.wantKept()
}

func failsAlone(b *bed, _ library, c client) {
	b.inScope(func(ctx context.Context) {
		b.must(c.add(ctx, 1))
		b.must(c.tx(ctx, adds(2)))
		b.wantErr(c.tx(ctx, then(adds(3), refuses)), errBusiness)
		if err := c.tx(ctx, then(adds(4), breaks)); !isServers(err) {
			b.Errorf("not an error of the server's: %v", err)
		}
		b.wantSeen(ctx, 1, 2)
		b.plain(ctx, 5)
		b.must(c.add(ctx, 6))
	})
	b.wantKept(1, 2, 5, 6)
}

func goesWithTheScope(b *bed, _ library, c client) {
	b.undone(func(ctx context.Context) {
		b.must(c.tx(ctx, adds(1)))
		b.wantSeen(ctx, 1)
	})
	b.wantKept()
}

func failsAloneInside(b *bed, _ library, c client) {
	b.inScope(func(ctx context.Context) {
		b.must(c.tx(ctx, func(ctx context.Context, outer client) error {
			b.must(outer.add(ctx, 1))
			b.must(outer.tx(ctx, adds(2)))
			b.wantErr(outer.tx(ctx, then(adds(3), refuses)), errBusiness)
			if err := outer.tx(ctx, then(adds(4), breaks)); !isServers(err) {
				b.Errorf("not an error of the server's: %v", err)
			}
			return outer.add(ctx, 5)
		}))
		b.must(c.add(ctx, 6))
	})
	b.wantKept(1, 2, 5, 6)
}

func readsItsOwn(b *bed, lib library, c client) {
	b.undone(func(ctx context.Context) {
		want := []int64{2, 3}
		if !lib.apart {
			b.plain(ctx, 1)
			want = []int64{1, 2, 3}
		}
		b.must(c.add(ctx, 2))
		b.must(c.tx(ctx, func(ctx context.Context, in client) error {
			b.must(in.add(ctx, 3))
			b.wantIDs(ctx, in, want...)
			return nil
		}))
		b.wantIDs(ctx, c, want...)
	})
}

func (b *bed) wantIDs(ctx context.Context, c client, want ...int64) {
	b.Helper()
	got, err := c.ids(ctx)
	b.must(err)
	if !slices.Equal(got, want) {
		b.Errorf("the library sees %v, want %v", got, want)
	}
}

func failsTheScope(b *bed, lib library, c client) {
	b.inScope(func(ctx context.Context) { b.must(c.add(ctx, 1)) })
	err := b.Do(context.Background(), func(ctx context.Context) error {
		b.plain(ctx, 2)
		if err := c.breaks(ctx); !isServers(err) {
			b.Errorf("not an error of the server's: %v", err)
		}
		if lib.own {
			return errBusiness // it puts each write into a transaction of its own
		}
		b.wantErr(c.add(ctx, 3), session.ErrTxFailed)
		return nil
	})
	b.wantErr(err, map[bool]error{true: errBusiness, false: session.ErrTxFailed}[lib.own])
	b.wantKept(1)
}

func doesNotMix(b *bed, _ library, c client) {
	const n = 6
	var all, together sync.WaitGroup
	if b.kind != onSQLite { // which has one writer at a time
		together.Add(n)
	}
	for id := range int64(n) {
		id++
		all.Go(func() { b.oneOf(c, id, &together) })
	}
	all.Wait()
	b.wantKept(2, 4, 6)
}

// oneOf writes a note while others write theirs, and keeps it if it is even.
func (b *bed) oneOf(c client, id int64, together *sync.WaitGroup) {
	err := b.Do(context.Background(), func(ctx context.Context) error {
		err := c.add(ctx, id)
		if b.kind != onSQLite {
			together.Done()
			together.Wait()
		}
		if err != nil {
			return err
		}
		seen, err := c.ids(ctx)
		if err == nil && !slices.Contains(seen, id) || slices.ContainsFunc(seen, foreign(id)) {
			err = fmt.Errorf("%d sees %v", id, seen)
		}
		if err == nil && id%2 == 1 {
			err = errBusiness
		}
		return err
	})
	if err != nil && !errors.Is(err, errBusiness) {
		b.Error(err)
	}
}

// foreign are notes of others, which are never committed.
func foreign(own int64) func(int64) bool {
	return func(id int64) bool { return id != own && id%2 == 1 }
}

func toldSo(b *bed, _ library, c client) {
	var late context.Context
	b.inScope(func(ctx context.Context) { late = ctx })
	for ctx, want := range map[context.Context]error{
		context.Background(): scoped.ErrNoScope, late: scoped.ErrScopeEnded} {
		b.wantErr(c.add(ctx, 1), want)
		_, err := c.ids(ctx)
		b.wantErr(err, want)
		b.wantErr(c.tx(ctx, adds(2)), want)
	}
	b.wantKept()
}

// step is what is done in a transaction of a library's.
type step = func(context.Context, client) error

func adds(id int64) step {
	return func(ctx context.Context, c client) error { return c.add(ctx, id) }
}

func refuses(context.Context, client) error { return errBusiness }

func breaks(ctx context.Context, c client) error { return c.breaks(ctx) }

func then(steps ...step) step {
	return func(ctx context.Context, c client) error {
		for _, s := range steps {
			if err := s(ctx, c); err != nil {
				return err
			}
		}
		return nil
	}
}

// isServers reports whether the server has refused a statement.
func isServers(err error) bool {
	var e *session.Error
	return errors.As(err, &e) && e.Code != ""
}
