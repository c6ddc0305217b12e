package session

import (
	"context"
	"sync"
	"time"
)

// turns let one RunSync of each name in at a time, within this process: those
// who wait hold no connection, and need not ask the database.
type turns struct {
	mu    sync.Mutex // guards names
	names map[string]*turn
}

// turn is the place of one name. It is there as long as somebody has it or
// waits for it.
type turn struct {
	token chan struct{} // holds a token while somebody has the turn
	users int           // guarded by turns.mu
	site  site          // of who has it; guarded by turns.mu
}

// take waits for the turn, until ctx or the limit ends.
func (t *turns) take(ctx context.Context, name string, at site, limit <-chan time.Time) (*turn, error) {
	my := t.enter(name)
	select {
	case my.token <- struct{}{}:
		t.mu.Lock()
		defer t.mu.Unlock()
		my.site = at
		return my, nil
	case <-ctx.Done():
		t.leave(name, my)
		return nil, ctx.Err()
	case <-limit:
		defer t.leave(name, my)
		return nil, &LockTimeoutError{Holder: t.holder(my)}
	}
}

func (t *turns) enter(name string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.names == nil {
		t.names = map[string]*turn{}
	}
	if t.names[name] == nil {
		t.names[name] = &turn{token: make(chan struct{}, 1)}
	}
	t.names[name].users++
	return t.names[name]
}

// done ends the turn.
func (t *turns) done(name string, my *turn) {
	<-my.token
	t.leave(name, my)
}

func (t *turns) leave(name string, my *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if my.users--; my.users == 0 {
		delete(t.names, name)
	}
}

// holder tells who has the turn.
func (t *turns) holder(my *turn) *LockHolder {
	t.mu.Lock()
	defer t.mu.Unlock()
	return &LockHolder{Application: "another RunSync of this engine, at " + my.site.String()}
}
