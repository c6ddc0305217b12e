// Package scopedpgx lets code that was written for pgx take part in scopes. A
// [DB] has the methods of a pool - Exec, Query, QueryRow, SendBatch, CopyFrom,
// Begin - and each runs in the session of its context, on the session's own
// *pgx.Conn: sqlc's pgx mode, scany, and whatever takes such an interface work
// with it as they are. What takes a pgx.Tx, such as river's InsertTx, gets one
// from [DB.Begin] or [DB.Tx].
//
//	db := scopedpgx.New(registry)
//	queries := sqlcgen.New(db) // made once, at start-up
//
//	err := registry.Do(ctx, func(ctx context.Context) error {
//		if err := queries.AddUser(ctx, "ada"); err != nil {
//			return err
//		}
//		tx, err := db.Tx(ctx) // the scope's transaction itself
//		if err != nil {
//			return err
//		}
//		_, err = jobs.InsertTx(ctx, tx, WelcomeArgs{"ada"}, nil)
//		return err // both are committed, or neither
//	})
//
// The registry's engine must be one of drivers/postgres, or another whose native
// connection is a *pgx.Conn; otherwise calls are refused with
// [session.ErrUnsupported]. Statements are pgx's own, with its arguments and
// options: placeholders are $1, and a [pgx.QueryExecMode] may come first.
//
// # What is the session's
//
// Errors are *[session.Error], which unwrap to *pgconn.PgError. A statement that
// fails fails the innermost savepoint, or the transaction. When a context ends
// the statement is cancelled on the server and the connection is kept, unlike
// with pgx alone.
//
// Begin opens a savepoint: Commit releases it, Rollback rolls back to it. One
// that is left open when the scope ends rolls the scope back, with
// [session.ErrSavepointOpen].
//
// Rows are read as they are asked for. When another statement comes meanwhile,
// the rest of the rows is read into memory first. The results of a batch are
// read by SendBatch, all of them.
//
// Each call is a round trip of its own, as in pgx; BEGIN does not travel with
// the first statement, as it does with the session's.
package scopedpgx
