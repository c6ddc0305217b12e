package adaptertest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

var gooseDialect = map[string]goose.Dialect{
	onSQLite: goose.DialectSQLite3, onPostgres: goose.DialectPostgres, onMySQL: goose.DialectMySQL}

// goose is goose with migrations of one statement each, in order.
func (b *bed) goose(db *sql.DB, texts ...string) *goose.Provider {
	b.Helper()
	files := fstest.MapFS{}
	for i, text := range texts {
		files[fmt.Sprintf("%d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(up(text))}
	}
	p, err := goose.NewProvider(gooseDialect[b.kind], db, files)
	b.must(err)
	return p
}

// up is a migration. Its first line may say that it wants no transaction.
func up(text string) string {
	if note, rest, ok := strings.Cut(text, "\n"); ok {
		return note + "\n-- +goose Up\n" + rest + ";\n"
	}
	return "-- +goose Up\n" + text + ";\n"
}

func (b *bed) version(ctx context.Context, p *goose.Provider) int64 {
	b.Helper()
	n, err := p.GetDBVersion(ctx)
	b.must(err)
	return n
}

const (
	addColumn = "ALTER TABLE notes ADD COLUMN remark VARCHAR(10)"
	fillIt    = "UPDATE notes SET remark = 'old'"
	broken    = "UPDATE notes SET nowhere = 'old'"
)

// columns are those of the table of notes. The statement is a new one each time: on
// Postgres one that is prepared does not survive that its columns change.
func (b *bed) columns(ctx context.Context) int {
	b.Helper()
	rows, err := b.Query(ctx, "SELECT * FROM notes -- "+rand.Text())
	b.must(err)
	defer rows.Close()
	return len(rows.Columns())
}

func (b *bed) wantColumns(ctx context.Context, want int) {
	b.Helper()
	if got := b.columns(ctx); got != want {
		b.Errorf("the table has %d columns, want %d", got, want)
	}
}

// Migrations run when a service starts, outside of any scope.
func TestMigrationsOfGooseRunAlone(t *testing.T) {
	for _, kind := range []string{onSQLite, onPostgres} {
		t.Run(kind, func(t *testing.T) {
			b := newBed(t, kind)
			p := b.goose(b.alone, addColumn, fillIt, broken)
			var partial *goose.PartialError
			if _, err := p.Up(t.Context()); !errors.As(err, &partial) || !isServers(err) {
				t.Errorf("the error is %v", err)
			} else if len(partial.Applied) != 2 || b.version(t.Context(), p) != 2 {
				t.Errorf("%v is done", partial.Applied)
			}
			b.inScope(func(ctx context.Context) { b.wantColumns(ctx, 3) })
		})
	}
}

func TestMigrationsOfGooseGoWithTheScope(t *testing.T) {
	for _, kind := range []string{onSQLite, onPostgres} { // where DDL can be rolled back
		t.Run(kind, func(t *testing.T) {
			b := newBed(t, kind)
			// Where it looks for its table with a statement that fails if there is none, that
			// statement has to come before the scope.
			b.version(t.Context(), b.goose(b.alone, fillIt))
			b.undone(func(ctx context.Context) {
				b.plain(ctx, 1)
				_, err := b.goose(b.db, addColumn, fillIt).Up(ctx)
				b.must(err)
				b.wantColumns(ctx, 3)
			})
			b.wantKept()
			b.inScope(func(ctx context.Context) {
				b.wantColumns(ctx, 2)
				b.plain(ctx, 2)
				_, err := b.goose(b.db, addColumn, fillIt).Up(ctx)
				b.must(err)
			})
			b.inScope(func(ctx context.Context) { b.wantColumns(ctx, 3) })
			b.wantKept(2)
		})
	}
}

func TestAMigrationOfGooseThatFailsDoesSoAlone(t *testing.T) {
	b := newBed(t, onPostgres)
	b.inScope(func(ctx context.Context) {
		b.plain(ctx, 1)
		p := b.goose(b.db, addColumn, "INSERT INTO notes (id, body) VALUES (2, ''), (1, '')")
		if _, err := p.Up(ctx); session.KindOf(err) != session.KindUnique {
			t.Errorf("the error is %v", err)
		}
		if n := b.version(ctx, p); n != 1 {
			t.Errorf("it is at version %d, want 1", n)
		}
		b.wantSeen(ctx, 1)
	})
	b.wantKept(1)
}

func TestMigrationsOfGooseNeedAScopeOrToBeAlone(t *testing.T) {
	b := newBed(t, onSQLite)
	_, err := b.goose(b.db, addColumn).Up(t.Context())
	b.wantErr(err, scoped.ErrNoScope)
}

// MySQL commits before DDL, and nothing may then run as if the transaction went
// on. goose makes its table in a transaction, so that has to be there.
func TestWhereDDLEndsATransactionMigrationsOfGooseRunWithoutOne(t *testing.T) {
	b := newBed(t, onMySQL)
	for _, db := range []*sql.DB{b.db, b.alone} {
		b.wantErr(b.Do(t.Context(), func(ctx context.Context) error {
			_, err := b.goose(db, addColumn).Up(ctx)
			return err
		}), session.ErrTxEnded)
		_, err := b.alone.ExecContext(t.Context(), "DROP TABLE goose_db_version")
		b.must(err)
	}
	for _, text := range []string{
		`CREATE TABLE goose_db_version (id BIGINT AUTO_INCREMENT PRIMARY KEY, version_id BIGINT NOT NULL,
			is_applied BOOLEAN NOT NULL, tstamp DATETIME DEFAULT CURRENT_TIMESTAMP)`,
		"INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true)",
	} {
		_, err := b.alone.ExecContext(t.Context(), text)
		b.must(err)
	}
	p := b.goose(b.alone, "-- +goose NO TRANSACTION\n"+addColumn, fillIt)
	_, err := p.Up(t.Context())
	b.must(err)
	b.inScope(func(ctx context.Context) { b.wantColumns(ctx, 3) })
}
