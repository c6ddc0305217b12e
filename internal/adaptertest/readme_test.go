package adaptertest

import (
	"context"
	"database/sql"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	notes "github.com/sqlscope/sqlscope/internal/adaptertest/sqlc/notespostgres"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedpgx"
	"github.com/sqlscope/sqlscope/scoped/scopedsql"
	"github.com/sqlscope/sqlscope/session"
)

// The names of the README's fragment.
type (
	Note        = gormNote
	WelcomeArgs = noteJob
)

// adapters are the README's fragment on what is made at start-up.
func adapters(db *scoped.Registry) (*sql.DB, *notes.Queries, *scopedpgx.DB) {
	sqldb := scopedsql.Open(db) // a real *sql.DB, for GORM and for all others
	queries := notes.New(sqldb) // what sqlc has generated
	pool := scopedpgx.New(db)   // has the methods of a *pgxpool.Pool
	return sqldb, queries, pool
}

// existing is the README's fragment on existing code.
func existing(ctx context.Context, db *scoped.Registry, queries *notes.Queries, orm *gorm.DB,
	pool *scopedpgx.DB, jobs *river.Client[pgx.Tx]) error {
	return db.Do(ctx, func(ctx context.Context) error {
		if err := queries.AddNote(ctx, notes.AddNoteParams{ID: 1, Body: "sqlc"}); err != nil {
			return err
		}
		if err := orm.WithContext(ctx).Create(&Note{ID: 2, Body: "GORM"}).Error; err != nil {
			return err
		}
		if _, err := db.Exec(ctx, "INSERT INTO notes (id, body) VALUES (?, ?)", 3, "sqlscope"); err != nil {
			return err
		}
		tx, err := pool.Tx(ctx) // the scope's transaction, as a pgx.Tx
		if err != nil {
			return err
		}
		_, err = jobs.InsertTx(ctx, tx, WelcomeArgs{ID: 4}, nil) // river
		return err                                               // all four are committed, or none
	})
}

func TestTheFragmentOfTheReadmeIsKeptOrUndoneAsAWhole(t *testing.T) {
	b := newBed(t, onPostgres)
	jobs := openRiver(b).(riverClient).Client
	sqldb, queries, pool := adapters(b.Registry)
	defer sqldb.Close()
	orm := b.gorm()
	b.undone(func(ctx context.Context) {
		b.must(existing(ctx, b.Registry, queries, orm, pool, jobs))
		b.wantSeen(ctx, 1, 2, 3, 4)
	})
	b.wantKept()
	b.must(existing(t.Context(), b.Registry, queries, orm, pool, jobs))
	b.wantKept(1, 2, 3, 4)
	b.inScope(func(ctx context.Context) {
		bodies, err := session.Collect[string](ctx, b.Registry, "SELECT body FROM notes ORDER BY id")
		b.must(err)
		if !slices.Equal(bodies, []string{"sqlc", "GORM", "sqlscope"}) {
			t.Errorf("the notes say %v", bodies)
		}
	})
}

// ran are the rows of the README's table: the library and its version.
var ran = regexp.MustCompile(`(?m)^\| \[(\w+)\]\(https://(?:github\.com|gorm\.io)[^)]*\) \| (\d+\.\d+\.\d+) \|`)

func TestTheReadmeSaysWhichVersionsAreTested(t *testing.T) {
	readme := file(t, "../../README.md")
	modules := file(t, "go.mod") + file(t, "../tools/sqlc/go.mod")
	rows := ran.FindAllStringSubmatch(readme, -1)
	if len(rows) != 8 {
		t.Errorf("the README has %d rows of libraries, want 8", len(rows))
	}
	for _, row := range rows {
		wanted := regexp.MustCompile(`(?m)/` + strings.ToLower(row[1]) + `(/v\d+)? v` + regexp.QuoteMeta(row[2]) + ` `)
		if !wanted.MatchString(modules) {
			t.Errorf("%s %s is in no go.mod", row[1], row[2])
		}
	}
}

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
