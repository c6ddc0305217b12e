package main

import (
	"context"
	"embed"
	"io/fs"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/session"
)

//go:embed migrations/*.sql
var migrations embed.FS

// bringUp runs the migrations that this database has not seen yet. Of many
// processes that start at once one does, and the others wait for it.
func bringUp(ctx context.Context, engine *session.Engine) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	m, err := migrate.New(engine, []migrate.Source{{FS: files}}, migrate.Options{})
	if err != nil {
		return err
	}
	_, err = m.Up(ctx)
	return err
}
