package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// runByHand runs statements apart from any migration, as a person or another tool would.
func runByHand(engine *session.Engine, statements ...string) {
	err := engine.RunSync(context.Background(), "by hand", func(ctx context.Context, c *session.SyncConn) error {
		for _, sql := range statements {
			if _, err := c.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
}

// A file that was edited after it had been applied is refused, until somebody says that
// the edit is right.
func ExampleMigrator_Accept() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	_, err := migrator(engine, sqlFiles("1_a.sql", "CREATE TABLE a (id INTEGER);"), migrate.Options{}).Up(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := migrator(engine, sqlFiles("1_a.sql", "CREATE TABLE a (id INTEGER); -- the first"), migrate.Options{})
	_, err = m.Up(ctx)
	fmt.Println("refused:", errors.Is(err, migrate.ErrRefused))
	accepted, err := m.Accept(ctx, "1")
	fmt.Println("accepted:", len(accepted), err)
	_, err = m.Up(ctx)
	fmt.Println(err)
	// Output:
	// refused: true
	// accepted: 1 <nil>
	// <nil>
}

// A schema that was there before its first migration is declared to be at a version.
func ExampleMigrator_Baseline() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	runByHand(engine, "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL)")
	m := migrator(engine, books(), migrate.Options{})
	_, err := m.Up(ctx)
	fmt.Println("refused:", errors.Is(err, migrate.ErrNotEmpty))
	records, err := m.Baseline(ctx, "1", "")
	fmt.Println("taken over:", len(records), err)
	res, err := m.Up(ctx)
	show("applied", res, err)
	// Output:
	// refused: true
	// taken over: 1 <nil>
	// applied: 2 authors
}

// The history of another tool is taken over once. Its table stays.
func ExampleMigrator_Import() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	runByHand(engine, "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL)",
		"CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, dirty BOOLEAN)",
		"INSERT INTO schema_migrations VALUES (1, FALSE)")
	m := migrator(engine, sqlFiles("1_books.up.sql", "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL);",
		"2_isbn.up.sql", "ALTER TABLE books ADD COLUMN isbn TEXT;"), migrate.Options{})
	records, err := m.Import(ctx, migrate.ImportOptions{From: source.GolangMigrate})
	fmt.Println("imported:", len(records), err)
	res, err := m.Up(ctx)
	show("applied", res, err)
	// Output:
	// imported: 1 <nil>
	// applied: 2 isbn
}

// What runs outside a transaction can stop half-way. The next run goes on there; or a
// person puts it right and says so.
func ExampleMigrator_Resolve() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, sqlFiles("1_a.sql", "-- sqlscope: no transaction\n"+
		"CREATE TABLE a (id INTEGER);\nCREATE TABEL b (id INTEGER);\n"), migrate.Options{})
	_, err := m.Up(ctx)
	var failed *migrate.Error
	fmt.Println(errors.As(err, &failed), "done:", failed.Done, "of", failed.Statements)

	runByHand(engine, "CREATE TABLE b (id INTEGER)")
	fmt.Println(m.Resolve(ctx, "1", migrate.AllDone, ""))
	res, err := m.Up(ctx)
	show("applied", res, err)
	// Output:
	// true done: 1 of 2
	// <nil>
	// applied:
}

// A statement outside a transaction was sent and its process died: nobody knows whether
// it took effect, and it is not repeated until somebody has looked. The panic stands for
// the death of the process.
func ExampleAmbiguousError() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	files := sqlFiles("1_pack.sql", "VACUUM;")
	func() {
		defer func() { fmt.Println("ended by", recover()) }()
		_, _ = migrator(engine, files, migrate.Options{OnEvent: func(e migrate.Event) {
			if e.Kind == migrate.StatementBegins {
				panic("a power cut")
			}
		}}).Up(ctx)
	}()

	m := migrator(engine, files, migrate.Options{})
	_, err := m.Up(ctx)
	var ambiguous *migrate.AmbiguousError
	if errors.Is(err, migrate.ErrAmbiguous) && errors.As(err, &ambiguous) {
		fmt.Printf("statement %d of %d: %s\n", ambiguous.Statement, ambiguous.Statements, ambiguous.SQL)
	}
	fmt.Println(m.Resolve(ctx, "1", migrate.NotHappened, ""))
	res, err := m.Up(ctx)
	show("applied", res, err)
	// Output:
	// ended by a power cut
	// statement 1 of 1: VACUUM
	// <nil>
	// applied: 1 pack
}

// Whoever hangs can be cut off. On SQLite the lock is a process's.
func ExampleMigrator_Unlock() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	holder, err := migrator(engine, books(), migrate.Options{}).Unlock(ctx, "")
	fmt.Println(holder == nil, err)
	// Output: true <nil>
}

func ExampleMigrator_Verify() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	if _, err := migrator(engine, books(), migrate.Options{}).Up(ctx); err != nil {
		fmt.Println(err)
		return
	}
	problems, err := migrator(engine, sqlFiles("1_books.sql", "CREATE TABLE b (id INTEGER);",
		"3_more.sql", ""), migrate.Options{}).Verify(ctx)
	for _, p := range problems {
		fmt.Println(p.Kind, p.Version, p.Fatal)
	}
	fmt.Println(err)
	// Output:
	// missing 2 false
	// edited 1 true
	// <nil>
}

func ExamplePlanError() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	quietly := migrate.Options{Logger: slog.New(slog.DiscardHandler)}
	if _, err := migrator(engine, sqlFiles("3_c.sql", ""), quietly).Up(ctx); err != nil {
		fmt.Println(err)
		return
	}
	_, err := migrator(engine, sqlFiles("3_c.sql", "", "2_b.sql", ""), quietly).Up(ctx)
	var refused *migrate.PlanError
	if errors.As(err, &refused) {
		fmt.Println(refused.Problems[0].Kind)
	}
	fmt.Println(strings.ReplaceAll(err.Error(), "; ", ";\n    "))
	// Output:
	// out of order
	// migrate: the history and the migrations do not fit
	//   2_b.sql (version 2) is pending below version 3, which was applied;
	//     give it a higher version, or allow any order
}

func ExampleError() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	_, err := migrator(engine, sqlFiles("1_a.sql", "CREATE TABLE a (id INTEGER);\nINSERT INTO b VALUES (1);"),
		migrate.Options{}).Up(ctx)
	var failed *migrate.Error
	fmt.Println(errors.As(err, &failed), failed.File, "in line", failed.Line)
	fmt.Println(failed.SQL, "is statement", failed.Statement, "of", failed.Statements)
	fmt.Println("code", failed.Code, "kind", session.KindOf(err), "rolled back", failed.RolledBack)
	// Output:
	// true 1_a.sql in line 2
	// INSERT INTO b VALUES (1) is statement 2 of 2
	// code 1 kind syntax rolled back true
}

// Each tenant has a database of its own here; on Postgres it may be a schema, with
// [Options.Schema].
func ExampleUpEach() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "tenants")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	open := func(ctx context.Context, tenant string) (*migrate.Migrator, func(), error) {
		engine, err := session.Open(ctx, "sqlite:///"+filepath.Join(dir, tenant+".db"), session.Options{}, sqlite.Driver)
		if err != nil {
			return nil, nil, err
		}
		m, err := migrate.New(engine, []migrate.Source{{FS: books()}}, migrate.Options{})
		return m, func() { _ = engine.Close(ctx) }, err
	}
	for _, r := range migrate.UpEach(ctx, []string{"anna", "no/such/folder", "bert"}, 2, open) {
		fmt.Print(r.Tenant, ": ")
		if r.Err != nil {
			fmt.Println("failed")
			continue
		}
		fmt.Println(len(r.Result.Applied), "applied")
	}
	// Output:
	// anna: 2 applied
	// no/such/folder: failed
	// bert: 2 applied
}
