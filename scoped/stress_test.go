package scoped_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// part is one part of a random program: a scope, a savepoint or a joined Do.
type part struct {
	savepoint bool
	failed    bool // its function, or a statement of it
	notes     []int64
	parts     []*part
}

// spoilt: its function or statement failed, or a part that had joined it did.
func (p *part) spoilt() bool {
	return p.failed || slices.ContainsFunc(p.parts, func(in *part) bool {
		return !in.savepoint && in.spoilt()
	})
}

// kept are the notes that p commits when everything around it does.
func (p *part) kept() []int64 {
	if p.savepoint && p.spoilt() {
		return nil
	}
	kept := slices.Clone(p.notes)
	for _, in := range p.parts {
		kept = append(kept, in.kept()...)
	}
	return kept
}

// chance runs random programs and notes what they did.
type chance struct {
	*bed
	*rand.Rand
	lastID *atomic.Int64
}

func (c *chance) body(p *part, depth int) func(context.Context) error {
	return func(ctx context.Context) error {
		for range 1 + c.IntN(4) {
			if err := c.step(ctx, p, depth); err != nil && c.IntN(2) == 0 {
				p.failed = true
				return err
			}
		}
		if c.IntN(8) == 0 {
			p.failed = true
			return errBusiness
		}
		return nil
	}
}

func (c *chance) step(ctx context.Context, p *part, depth int) error {
	switch what := c.IntN(10); {
	case what < 4 || depth == 4:
		id := c.lastID.Add(1)
		err := c.add(ctx, int(id))
		if err == nil {
			p.notes = append(p.notes, id)
		}
		return err
	case what == 4:
		p.failed = true
		return c.add(ctx, 0) // there is one already
	case what < 7:
		in := &part{savepoint: true}
		p.parts = append(p.parts, in)
		return c.Nested(ctx, c.body(in, depth+1))
	}
	in := &part{}
	p.parts = append(p.parts, in)
	return c.joined(ctx, in, depth)
}

// joined runs a Do, which may panic.
func (c *chance) joined(ctx context.Context, in *part, depth int) (err error) {
	defer func() {
		if recover() != nil {
			err = errBusiness
		}
	}()
	body := c.body(in, depth+1)
	return c.Do(ctx, func(ctx context.Context) error {
		err := body(ctx)
		if c.IntN(12) == 0 {
			in.failed = true
			panic("by chance")
		}
		return err
	})
}

// program runs one scope and returns the notes that must be there afterwards.
func (c *chance) program() []int64 {
	top := &part{}
	err := c.Do(c.t.Context(), c.body(top, 0))
	if top.spoilt() != (err != nil) {
		c.t.Errorf("spoilt: %v, and Do returned %v", top.spoilt(), err)
	}
	if err != nil && !errors.Is(err, scoped.ErrRollbackOnly) && !errors.Is(err, errBusiness) &&
		!session.IsConstraint(err) {
		c.t.Errorf("Do returned an error from nowhere: %v", err)
	}
	if top.spoilt() {
		return nil
	}
	return top.kept()
}

func TestStressWhatIsCommittedIsWhatNoPartAroundItFailed(t *testing.T) {
	stress(t, newBed(t, session.Options{MaxConns: 3}), 40)
}

func TestStressOnADatabaseOnDisk(t *testing.T) {
	url := "sqlite:///" + filepath.ToSlash(t.TempDir()) + "/notes.db"
	engine, err := session.Open(t.Context(), url, session.Options{}, sqlite.Driver)
	must(t, err)
	stress(t, newBedOn(t, engine), 15)
}

func TestStressInASandboxOfWhichNothingIsLeft(t *testing.T) {
	url := "sqlite:///" + filepath.ToSlash(t.TempDir()) + "/notes.db"
	engine, err := session.Open(t.Context(), url, session.Options{}, sqlite.Driver)
	must(t, err)
	defer func() { must(t, engine.Close(context.Background())) }()
	t.Run("in it", func(t *testing.T) {
		box, err := engine.Sandbox(session.SandboxOptions{Report: func(err error) { t.Error(err) }})
		must(t, err)
		stress(t, newBedOn(t, box), 15)
	})
	must(t, engine.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		tables, err := session.One[int](ctx, s, "SELECT count(*) FROM sqlite_master")
		if tables != 0 {
			t.Errorf("%d tables are left", tables)
		}
		return err
	}))
}

// stress runs programs from several goroutines and compares what is in the
// database with what they remember.
func stress(t *testing.T, b *bed, programs int) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	must(t, b.Do(t.Context(), func(ctx context.Context) error { return b.add(ctx, 0) }))
	var ids atomic.Int64
	var all sync.WaitGroup
	var mu sync.Mutex // guards want
	want := []int64{0}
	for i := range uint64(6) {
		all.Go(func() {
			c := &chance{b, rand.New(rand.NewPCG(seed, i)), &ids}
			for range programs {
				kept := c.program()
				mu.Lock()
				want = append(want, kept...)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(want)
	if got := b.ids(); !slices.Equal(got, want) {
		t.Errorf("committed are %d notes, want %d:\n%v\n%v", len(got), len(want), got, want)
	}
	t.Logf("%d notes of %d", len(want), ids.Load()+1)
}
