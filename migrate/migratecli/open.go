package migratecli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/progress"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// maxConns is for a migration, a look at the history and one to spare.
const maxConns = 3

// open opens the database. It dials nothing.
func (c *call) open(ctx context.Context) error {
	if c.opts.database == "" {
		return usage(errors.New("no database given; set DATABASE_URL, or give --database"))
	}
	e, err := session.Open(ctx, c.opts.database, session.Options{MaxConns: maxConns, Logger: c.logger()},
		c.app.Drivers...)
	if err != nil {
		return usage(err)
	}
	c.engine = e
	return nil
}

// closeEngine closes what open has opened.
func (c *call) closeEngine() error {
	if c.engine == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return c.engine.Close(ctx)
}

// logger writes what is logged with --verbose; what matters is told without it.
func (c *call) logger() *slog.Logger {
	var w io.Writer = io.Discard
	if c.opts.verbose {
		w = c.std.Err
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// migrator opens the database and loads the migrations. The reporter, if there is
// one, shows how it gets on.
func (c *call) migrator(ctx context.Context, r *progress.Reporter) (*migrate.Migrator, error) {
	if err := c.open(ctx); err != nil {
		return nil, err
	}
	if err := c.load(); err != nil {
		return nil, err
	}
	opts := c.migrateOptions()
	if r != nil {
		opts.OnEvent = r.Event
	}
	m, err := migrate.New(c.engine, c.sources, opts)
	if err != nil && !isRefusal(err) {
		err = usage(err)
	}
	return m, err
}

// migrateOptions are the options that the flags ask for.
func (c *call) migrateOptions() migrate.Options {
	o := &c.opts
	retries := o.lockRetries
	if retries == 0 {
		retries = -1
	}
	return migrate.Options{Table: o.table, Schema: o.schema, AppliedBy: o.appliedBy, Order: orders[o.order],
		Ahead: policies[o.ahead], Missing: policies[o.missing], Edited: policies[o.edited],
		NotEmpty: policies[o.notEmpty], LockWait: o.lockWait, LeaseTable: o.leaseTable, LockTimeout: o.lockTimeout,
		LockRetries: retries, Logger: slog.New(slog.DiscardHandler)}
}

// load finds the sources: the program's own, or those of the directories.
func (c *call) load() error {
	if len(c.opts.dirs) == 0 && len(c.app.Sources) > 0 {
		c.sources = c.app.Sources
		return nil
	}
	o, err := c.sourceOptions()
	if err != nil {
		return err
	}
	for _, text := range c.directories() {
		name, dir := named(text)
		if err := isDirectory(dir); err != nil {
			return err
		}
		c.places[name] = dir
		c.sources = append(c.sources, migrate.Source{Name: name, FS: os.DirFS(dir), Options: o})
	}
	return nil
}

// directories are those of --dir, or the usual one.
func (c *call) directories() []string {
	if len(c.opts.dirs) == 0 {
		return []string{"migrations"}
	}
	return c.opts.dirs
}

// named splits NAME=DIRECTORY. One without a name is called as a source without one.
func named(text string) (name, dir string) {
	if name, dir, ok := strings.Cut(text, "="); ok {
		return name, dir
	}
	return "main", text
}

// sourceOptions say how the files are read.
func (c *call) sourceOptions() (source.Options, error) {
	format, err := source.ParseFormat(c.opts.format)
	if err != nil {
		return source.Options{}, usage(err)
	}
	values, err := c.opts.variables()
	return source.Options{Format: format, Variables: values, Environment: c.lookup}, err
}

// lookup looks a variable of the environment up.
func (c *call) lookup(name string) (string, bool) {
	value := c.std.Getenv(name)
	return value, value != ""
}

// isDirectory says what is wrong with a directory.
func isDirectory(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage(fmt.Errorf("there is no directory %s; --dir names that of the migrations", dir))
	case err != nil:
		return usage(err)
	case !info.IsDir():
		return usage(fmt.Errorf("%s is no directory", dir))
	}
	return nil
}
