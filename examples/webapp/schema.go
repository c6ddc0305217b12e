package main

import (
	"context"
	"embed"
	"io/fs"
	"strings"

	"github.com/sqlscope/sqlscope/session"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs the files that this database has not seen yet. RunSync lets one
// process do so at a time.
func migrate(ctx context.Context, engine *session.Engine) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	return engine.RunSync(ctx, "migrate", func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, "CREATE TABLE IF NOT EXISTS webapp_migrations (name VARCHAR(100) PRIMARY KEY)")
		if err != nil {
			return err
		}
		done, err := session.Collect[string](ctx, c, "SELECT name FROM webapp_migrations")
		if err != nil {
			return err
		}
		return applyAll(ctx, c, pending(files, done))
	})
}

// pending are the files that are not done, in their order.
func pending(files, done []string) (left []string) {
	seen := map[string]bool{}
	for _, name := range done {
		seen[name] = true
	}
	for _, name := range files {
		if !seen[name] {
			left = append(left, name)
		}
	}
	return left
}

func applyAll(ctx context.Context, c *session.SyncConn, files []string) error {
	for _, name := range files {
		if err := apply(ctx, c, name); err != nil {
			return err
		}
	}
	return nil
}

// apply runs the statements of a file. In these files a statement ends where a
// line ends with a semicolon.
func apply(ctx context.Context, c *session.SyncConn, name string) error {
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := c.Exec(ctx, statement); err != nil {
			return err
		}
	}
	_, err = c.Exec(ctx, "INSERT INTO webapp_migrations (name) VALUES (?)", name)
	return err
}
