// Package portable is one program that runs on every database without a change:
// a schema, some twenty kinds of statement, savepoints, a hundred thousand rows
// in and out, and constraint errors told apart by their kind. What it saw is
// compared, line by line, with what it must see everywhere.
//
// The only things that come from outside are the names of two types, which SQL
// has no common spelling for.
package portable

import (
	"context"
	_ "embed" // for Expected
	"fmt"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// Expected is what Run returns on every database.
//
//go:embed testdata/outcome.txt
var Expected string

// Types are the types that databases spell differently.
type Types struct {
	// Instant is a point in time with microseconds.
	Instant string
	// Amount has 20 digits, 6 of them after the point.
	Amount string
}

// program is one run.
type program struct {
	db    *scoped.Registry
	names map[string]string
	types Types
	out   strings.Builder
}

// Run runs the program, on tables whose names begin with prefix and which it
// drops again, and returns what it saw.
func Run(ctx context.Context, engine *session.Engine, prefix string, types Types) (seen string, err error) {
	p := &program{db: scoped.New(engine), types: types, names: map[string]string{}}
	for _, table := range tables {
		p.names[table] = prefix + table
	}
	defer func() {
		if e := p.drop(ctx, engine); err == nil {
			err = e
		}
	}()
	if err := engine.RunSync(ctx, prefix+"schema", p.schema); err != nil {
		return "", fmt.Errorf("schema: %w", err)
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"fill", p.fill}, {"read", p.read}, {"values", p.values}, {"change", p.change},
		{"savepoints", p.savepoints}, {"constraints", p.constraints}, {"endings", p.endings},
		{"stream", p.stream},
	} {
		p.say("# %s", part.name)
		if err := part.run(ctx); err != nil {
			return p.out.String(), fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return p.out.String(), nil
}

// say adds a line to what was seen.
func (p *program) say(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

// sql puts the names of the tables, and those of the types, in.
func (p *program) sql(text string) string {
	for _, table := range tables {
		text = strings.ReplaceAll(text, "{"+table+"}", p.names[table])
	}
	return strings.NewReplacer("{instant}", p.types.Instant, "{amount}", p.types.Amount).Replace(text)
}

// exec runs a statement and tells how many rows it touched.
func (p *program) exec(ctx context.Context, sql string, args ...any) error {
	res, err := p.db.Exec(ctx, p.sql(sql), args...)
	if err == nil {
		p.say("%s: %d", kindOf(sql), res.RowsAffected)
	}
	return err
}

// tell runs a query of texts and numbers and tells its rows.
func tell[T any](ctx context.Context, p *program, what, sql string, args ...any) error {
	rows, err := session.Collect[T](ctx, p.db, p.sql(sql), args...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	p.say("%s: %+v", what, rows)
	return nil
}

// kindOf is the first word of a statement.
func kindOf(sql string) string {
	word, _, _ := strings.Cut(sql, " ")
	return strings.ToLower(word)
}

var tables = []string{"vendors", "devices", "numbers", "kept"}

func (p *program) schema(ctx context.Context, c *session.SyncConn) error {
	for _, sql := range []string{
		"CREATE TABLE {vendors} (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(120) NOT NULL, " +
			"UNIQUE (name))",
		"CREATE TABLE {devices} (vendor BIGINT NOT NULL, id BIGINT NOT NULL, name VARCHAR(200) NOT NULL, " +
			"stock BIGINT, PRIMARY KEY (vendor, id), CHECK (stock >= 0), " +
			"FOREIGN KEY (vendor) REFERENCES {vendors} (id))",
		"CREATE TABLE {numbers} (n BIGINT NOT NULL PRIMARY KEY, square BIGINT NOT NULL, label VARCHAR(40))",
		"CREATE TABLE {kept} (id BIGINT NOT NULL PRIMARY KEY, at {instant}, amount {amount}, " +
			"label VARCHAR(40), ratio DOUBLE PRECISION)",
		"CREATE INDEX {devices}_stock ON {devices} (stock)",
	} {
		if _, err := c.Exec(ctx, p.sql(sql)); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) drop(ctx context.Context, engine *session.Engine) error {
	return engine.RunSync(context.WithoutCancel(ctx), "drop", func(ctx context.Context, c *session.SyncConn) error {
		for _, table := range slices.Backward(tables) {
			if _, err := c.Exec(ctx, "DROP TABLE IF EXISTS "+p.names[table]); err != nil {
				return err
			}
		}
		return nil
	})
}
