// Package bed brings up the databases that the tests need.
//
// For each database it takes the first path that works: the DSN given in the
// environment, a container, a throwaway server from binaries on this machine.
// A database is one value of [Database] (see postgres.go); the choice, the
// environment handed to the command, and the cleaning up are the same for all.
package bed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// stopTimeout bounds the removal of everything that was started.
const stopTimeout = time.Minute

// Bed is a set of servers. It is not for concurrent use.
type Bed struct {
	opts    Options
	env     []string
	cleanup []func(context.Context) error
}

// New returns a bed in which nothing is up yet.
func New(opts Options) *Bed { return &Bed{opts: opts} }

// Up brings up the databases. It fails when a required one cannot be had, when
// a path was forced and does not work, and when ctx ends. The caller defers
// [Bed.Down] before it calls Up, for Up may fail, or panic, half way.
func (b *Bed) Up(ctx context.Context, databases []Database) error {
	if err := knownNames(b.opts.Require, databases); err != nil {
		return err
	}
	b.export("SQLSCOPE_REQUIRE", strings.Join(b.opts.Require, ","))
	for _, db := range databases {
		if err := b.add(ctx, db); err != nil {
			return err
		}
	}
	return nil
}

// knownNames refuses to require a database that the testbed does not know: a
// misspelled name would otherwise require nothing.
func knownNames(names []string, databases []Database) error {
	known := databaseNames(databases)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("database %q is not known: use %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

func databaseNames(databases []Database) (names []string) {
	for _, db := range databases {
		names = append(names, db.Name)
	}
	return names
}

// add brings up one database and says how.
func (b *Bed) add(ctx context.Context, db Database) error {
	server, tried := b.choose(ctx, db)
	if server == nil {
		return b.missing(ctx, db, tried)
	}
	b.opts.Say(b.announcement(db, server, tried))
	b.export(db.dsnVar(), server.DSN)
	b.export("SQLSCOPE_TESTBED_"+strings.ToUpper(db.Name), string(server.Path))
	if server.ContainerID != "" {
		b.export("SQLSCOPE_"+strings.ToUpper(db.Name)+"_CONTAINER", server.ContainerID)
	}
	return nil
}

// missing decides what a database that cannot be had means for the run.
func (b *Bed) missing(ctx context.Context, db Database, tried []attempt) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case b.opts.requires(db.Name):
		return fmt.Errorf("%s is required and cannot be had: %s", db.Name, sentence(tried))
	case b.opts.Force != "":
		return fmt.Errorf("%s: SQLSCOPE_TESTBED=%s does not work: %s", db.Name, b.opts.Force, sentence(tried))
	}
	b.opts.Say(fmt.Sprintf("%s: none, its tests are skipped: %s", db.Name, sentence(tried)))
	return nil
}

// export adds a variable to the command's environment.
func (b *Bed) export(name, value string) {
	b.env = append(b.env, name+"="+value)
}

// Env returns the variables for the command.
func (b *Bed) Env() []string { return b.env }

// onDown registers what Down does, last one first. It is registered before the
// thing is started, so that a start which fails half way is cleaned up as well.
func (b *Bed) onDown(f func(context.Context) error) {
	b.cleanup = append(b.cleanup, f)
}

// Down removes everything that Up started. It does its work although ctx has
// ended, for that is why it is called after Ctrl-C.
func (b *Bed) Down(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	var errs []error
	for _, f := range slices.Backward(b.cleanup) {
		errs = append(errs, f(ctx))
	}
	b.cleanup = nil
	return errors.Join(errs...)
}
