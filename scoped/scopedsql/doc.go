// Package scopedsql lets code that was written for database/sql take part in
// scopes. [Open] returns a *sql.DB whose every call runs in the session of the
// call's context: what sqlc has generated, sqlx, squirrel, bun, GORM and goose
// work through it as they are, and on every driver, Postgres included.
//
//	db := scopedsql.Open(registry)
//	queries := sqlcgen.New(db) // made once, at start-up
//
//	err := registry.Do(ctx, func(ctx context.Context) error {
//		if err := queries.AddUser(ctx, "ada"); err != nil { // through database/sql
//			return err
//		}
//		return users.Welcome(ctx, "ada") // through the registry: the same transaction
//	})
//
// # Transactions
//
// BeginTx joins the scope as a savepoint: Commit keeps what was done as far as
// the scope is kept, Rollback undoes that alone, and a statement that fails
// costs the savepoint and no more. What the scope cannot give is refused with
// [scoped.ErrJoin]: a stricter isolation, or a read-only transaction in a scope
// that may write. Statements given to a *sql.Tx belong to its scope whatever
// their context is, so that tx.Exec works too.
//
// Transactions end in the reverse of the order in which they began. One that is
// committed while a later one is open is rolled back, together with that one,
// and Commit returns [session.ErrSavepointOpen]. One that is still open when the
// scope ends rolls the scope back, with the same error. When the context of
// BeginTx ends, the savepoint is rolled back before the session's next
// statement; database/sql's own goroutine, which would do that from aside, never
// enters the session.
//
// SAVEPOINT, RELEASE and ROLLBACK TO, given to a *sql.Tx as statements, are made
// the session's savepoints: so do GORM and bun write their transactions inside of
// transactions, and a statement that fails in one costs that one alone. Those
// that are left open are kept with the *sql.Tx. A name that it has not is
// [ErrNoSavepoint].
//
// # Rows
//
// Rows are read as they are asked for. A session has one result at a time, so
// when a statement comes while rows are open, as in code that queries in a loop
// over rows, the rest of the rows is read into memory first, up to
// [Options.BufferBytes].
//
// # Differences
//
//   - Without a scope in its context a call is refused with [scoped.ErrNoScope];
//     see [Options.Alone]. PingContext and PrepareContext need none.
//   - Some libraries ask for the database's version when they are opened, outside
//     of any scope: GORM on MySQL and SQLite, bun on MySQL. They are opened on a
//     *sql.DB with [Options.Alone].
//   - Two goroutines that use one scope at once get [session.ErrConcurrentUse],
//     though a *sql.DB serves both: they would share one transaction.
//   - A statement that fails outside of a *sql.Tx fails the scope's transaction,
//     or the savepoint around, on every database.
//   - Placeholders are ? on every database, or the database's own. Without
//     arguments the text is sent as it is. sql.Named arguments are :name.
//   - Prepare sends nothing: drivers keep statements prepared by themselves. What
//     is wrong with the text is said by the first execution.
//   - Close closes nothing of the engine. Stats and SetMaxOpenConns are about the
//     *sql.DB's own connections, which stand for nothing; leave the latter alone.
package scopedsql
