package session_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// TestStressWhatCallersWereToldIsWhatTheDatabaseHas: many sessions do random
// things on few connections while statements fail, connections are lost and
// contexts end. At the end the database has what was committed, once, nothing
// of what was not, and all or nothing of what is unknown; no connection is in
// use and the driver contract was kept.
func TestStressWhatCallersWereToldIsWhatTheDatabaseHas(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	for server, fake := range servers {
		t.Run(server, func(t *testing.T) {
			t.Logf("seed %d", seed)
			synctest.Test(t, func(t *testing.T) { stress(t, fake, seed) })
		})
	}
}

func stress(t *testing.T, fake fakedriver.Options, seed uint64) {
	const workers, programs = 12, 60
	b := newBed(t, fake, session.Options{MaxConns: 4, EndTimeout: time.Second})
	trouble := &trouble{rnd: rand.New(rand.NewPCG(seed, 1<<32)), db: b.db}
	stop := b.db.OnRun(trouble.react)
	b.db.OnDial(trouble.dial)

	var mu sync.Mutex
	var all []outcome
	var wg sync.WaitGroup
	for w := range workers {
		rnd := rand.New(rand.NewPCG(seed, uint64(w)))
		wg.Go(func() {
			for p := range programs {
				orders := randomOrders(rnd, int64(w*programs+p)*100)
				c := &caller{t: t, s: b.Session(), levels: []level{{}}, limit: impatience(t, rnd)}
				got := c.run(orders)
				mu.Lock()
				all = append(all, outcome{orders, got})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	synctest.Wait()
	time.Sleep(time.Minute) // the last cleaners
	stop()
	b.db.OnDial(nil)
	b.wantOutcomes(all)
	if st := b.Stats(); st.InUse != 0 || st.Waiting != 0 || st.Pool.Open > 4 {
		t.Errorf("%+v", st)
	}
	wantIs(t, b.Ping(t.Context()), nil)
}

// outcome is what a program was told.
type outcome struct {
	orders string
	told
}

func (b *bed) wantOutcomes(all []outcome) {
	b.t.Helper()
	have := map[int64]int{}
	for _, id := range b.content() {
		if have[id]++; have[id] > 1 {
			b.t.Errorf("%d is there twice", id)
		}
	}
	committed, unknown := 0, 0
	for _, o := range all {
		n := 0
		for _, id := range o.ids {
			n += have[id]
			delete(have, id)
		}
		switch {
		case o.committed && n != len(o.ids), o.unknown && n != 0 && n != len(o.ids):
			b.t.Errorf("%d of %d are there: %s\n%+v", n, len(o.ids), o.orders, o.told)
		case o.committed:
			committed++
		case o.unknown:
			unknown++
		}
	}
	if len(have) > 0 {
		b.t.Errorf("there without having been committed: %v", slices.Collect(maps.Keys(have)))
	}
	st := b.Stats()
	b.t.Logf("%d programs: %d committed, %d unknown, %d replays, %d cancelled, %d connections opened",
		len(all), committed, unknown, st.Replays, st.Cancelled, st.Pool.Opened)
	if committed == 0 || committed == len(all) || int(st.UnknownCommits) != unknown {
		b.t.Errorf("%d of %d were committed; %d unknown, counted %d", committed, len(all), unknown,
			st.UnknownCommits)
	}
}

// randomOrders writes a program of which every number is from first on.
func randomOrders(rnd *rand.Rand, first int64) string {
	var words []string
	depth := 0
	for range 1 + rnd.IntN(10) {
		first++
		switch n := rnd.IntN(10); {
		case n < 3:
			words = append(words, fmt.Sprintf("exec:%d", first))
		case n < 6:
			words = append(words, fmt.Sprintf("queue:%d", first))
		case n < 7:
			words = append(words, "query")
		case n < 9 && depth < 3:
			words = append(words, "(")
			depth++
		case depth > 0:
			words = append(words, []string{")", "<"}[rnd.IntN(2)])
			depth--
		}
	}
	for ; depth > 0; depth-- {
		words = append(words, []string{")", ")", "<"}[rnd.IntN(3)])
	}
	ends := []string{"commit", "commit", "commit", "commit", "rollback", "close"}
	return strings.Join(append(words, ends[rnd.IntN(len(ends))]), " ")
}

// impatience limits one call in ten.
func impatience(t *testing.T, rnd *rand.Rand) func() (context.Context, context.CancelFunc) {
	return func() (context.Context, context.CancelFunc) {
		if rnd.IntN(10) > 0 {
			return t.Context(), func() {}
		}
		return context.WithTimeout(t.Context(), time.Duration(rnd.IntN(5000))*time.Microsecond)
	}
}

// trouble is what goes wrong at random.
type trouble struct {
	mu  sync.Mutex // guards rnd
	rnd *rand.Rand
	db  *fakedriver.DB
}

func (tr *trouble) roll(n int) int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.rnd.IntN(n)
}

func (tr *trouble) dial(context.Context) error {
	if tr.roll(50) == 0 {
		return errors.New("no route to host")
	}
	return nil
}

func (tr *trouble) react(_ context.Context, step drivers.Step) *fakedriver.Reaction {
	if strings.HasPrefix(step.SQL, ids) && tr.roll(2) == 0 {
		return nil
	}
	switch tr.roll(60) {
	case 0:
		return &fakedriver.Reaction{Err: fakedriver.Errorf(drivers.KindData, "random trouble")}
	case 1:
		return &fakedriver.Reaction{Cut: fakedriver.CutUnsent}
	case 2:
		return &fakedriver.Reaction{Cut: fakedriver.CutBefore}
	case 3:
		return &fakedriver.Reaction{Cut: fakedriver.CutAfter}
	case 4:
		return &fakedriver.Reaction{Delay: 10 * time.Second, Deaf: true} // longer than EndTimeout
	case 5:
		tr.db.KillAll()
	}
	return &fakedriver.Reaction{Delay: time.Duration(tr.roll(1000)) * time.Microsecond}
}
