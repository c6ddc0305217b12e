package bed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// pingTimeout bounds the question whether the server of a given DSN answers.
const pingTimeout = 10 * time.Second

// attempt is a path that did not work, and why.
type attempt struct {
	path Path
	err  error
}

// choose returns the server of the first path that works, or nil, and the paths
// that did not work before it.
func (b *Bed) choose(ctx context.Context, db Database) (*Server, []attempt) {
	var tried []attempt
	for _, path := range b.candidates(db) {
		if ctx.Err() != nil {
			break
		}
		server, err := b.Start(ctx, db, path)
		if err == nil {
			return server, tried
		}
		tried = append(tried, attempt{path, err})
	}
	return nil, tried
}

// candidates returns the paths to try. A DSN that is given is the only one: a
// server that the user named and that does not answer must not be replaced by
// another one in silence.
func (b *Bed) candidates(db Database) []Path {
	switch {
	case b.opts.Force != "":
		return []Path{b.opts.Force}
	case b.opts.Getenv(db.dsnVar()) != "":
		return []Path{DSN}
	}
	return paths
}

// Start takes one path to a database and returns when its server answers. Tests
// that stop a server start one of their own with it.
func (b *Bed) Start(ctx context.Context, db Database, path Path) (*Server, error) {
	take := map[Path]func(context.Context, Starter) (*Server, error){
		DSN:       func(ctx context.Context, _ Starter) (*Server, error) { return b.given(ctx, db) },
		Container: db.Container,
		Local:     db.Local,
	}[path]
	if take == nil {
		return nil, errors.New("there is no such path for this database")
	}
	server, err := take(ctx, b.starter(db))
	if err != nil {
		return nil, err
	}
	server.Path = path
	return server, nil
}

func (b *Bed) starter(db Database) Starter {
	return Starter{
		OnDown:   b.onDown,
		Progress: func(line string) { b.opts.Say(db.Name + ": " + line) },
		Getenv:   b.opts.Getenv,
	}
}

// given takes the server that the environment names.
func (b *Bed) given(ctx context.Context, db Database) (*Server, error) {
	dsn := b.opts.Getenv(db.dsnVar())
	if dsn == "" {
		return nil, fmt.Errorf("%s is not set", db.dsnVar())
	}
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := db.Ping(ctx, dsn); err != nil {
		return nil, fmt.Errorf("the server of %s does not answer: %w", db.dsnVar(), err)
	}
	return &Server{DSN: dsn, What: "the server of " + db.dsnVar()}, nil
}

// announcement is the line that says which path was chosen and why.
func (b *Bed) announcement(db Database, server *Server, tried []attempt) string {
	line := fmt.Sprintf("%s: path %s: %s", db.Name, server.Path, server.What)
	switch {
	case b.opts.Force != "":
		line += " (the only path that SQLSCOPE_TESTBED allows)"
	case len(tried) > 0:
		line += " (not " + sentence(tried) + ")"
	}
	return line
}

// sentence lists what was tried, on one line.
func sentence(tried []attempt) string {
	var parts []string
	for _, a := range tried {
		parts = append(parts, string(a.path)+": "+strings.ReplaceAll(a.err.Error(), "\n", "; "))
	}
	return strings.Join(parts, "; ")
}
