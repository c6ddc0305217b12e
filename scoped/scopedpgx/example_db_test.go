package scopedpgx_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedpgx"
	"github.com/sqlscope/sqlscope/session"
)

// Readings is a repository that uses what only pgx has. It was written for a
// *pgxpool.Pool, and each call is now part of the scope of its context.
type Readings struct{ db *scopedpgx.DB }

// Create makes the table, which the transaction drops at its end.
func (r Readings) Create(ctx context.Context) error {
	_, err := r.db.Exec(ctx, "CREATE TEMPORARY TABLE readings (sensor text, celsius float8) ON COMMIT DROP")
	return err
}

// Import copies readings, and says how many.
func (r Readings) Import(ctx context.Context, readings ...[]any) (int64, error) {
	return r.db.CopyFrom(ctx, pgx.Identifier{"readings"}, []string{"sensor", "celsius"},
		pgx.CopyFromRows(readings))
}

// Mean is the mean temperature of a sensor.
func (r Readings) Mean(ctx context.Context, sensor string) (mean float64, err error) {
	err = r.db.QueryRow(ctx, "SELECT avg(celsius) FROM readings WHERE sensor = $1", sensor).Scan(&mean)
	return mean, err
}

// Sensors are the sensors that have readings.
func (r Readings) Sensors(ctx context.Context) ([]string, error) {
	rows, err := r.db.Query(ctx, "SELECT DISTINCT sensor FROM readings ORDER BY sensor")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Correct moves the readings of sensors, all in one round trip.
func (r Readings) Correct(ctx context.Context, offsets map[string]float64) error {
	batch := &pgx.Batch{}
	for sensor, offset := range offsets {
		batch.Queue("UPDATE readings SET celsius = celsius + $2 WHERE sensor = $1", sensor, offset)
	}
	return r.db.SendBatch(ctx, batch).Close()
}

// Forget deletes what a sensor sent. It needs a transaction in which others'
// writes stay invisible, and says so.
func (r Readings) Forget(ctx context.Context, sensor string) error {
	tx, err := r.db.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx) //nolint:errcheck // as everybody writes it
	if _, err := tx.Exec(ctx, "DELETE FROM readings WHERE sensor = $1", sensor); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// Columns are the columns that a query would have.
func (r Readings) Columns(ctx context.Context, query string) (names []string, err error) {
	described, err := r.db.Prepare(ctx, "", query)
	if err != nil {
		return nil, err
	}
	for _, field := range described.Fields {
		names = append(names, field.Name)
	}
	return names, nil
}

// measure is a day's work: it prints what became of each step.
func measure(ctx context.Context, r Readings) {
	fmt.Println("create:", outcome(r.Create(ctx)))
	n, err := r.Import(ctx, []any{"attic", 30.0}, []any{"attic", 34.0}, []any{"cellar", 12.5})
	fmt.Println("import:", n, outcome(err))
	fmt.Println("correct:", outcome(r.Correct(ctx, map[string]float64{"attic": -1})))
	mean, err := r.Mean(ctx, "attic")
	fmt.Println("mean:", mean, outcome(err))
	fmt.Println("forget:", outcome(r.Forget(ctx, "attic")))
	sensors, err := r.Sensors(ctx)
	fmt.Println("sensors:", sensors, outcome(err))
	columns, err := r.Columns(ctx, "SELECT celsius FROM readings")
	fmt.Println("columns:", columns, outcome(err))
}

func outcome(err error) string {
	switch {
	case errors.Is(err, session.ErrUnsupported):
		return "not on this database"
	case err != nil:
		return err.Error()
	}
	return "ok"
}

// The example runs without a server, on SQLite, whose connections are not pgx's.
// On Postgres, where a test runs it, each step is ok.
func ExampleDB() {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		panic(err)
	}
	defer engine.Close(ctx)
	registry := scoped.New(engine)
	readings := Readings{scopedpgx.New(registry)}

	opts := session.TxOptions{Isolation: session.Serializable}
	_ = registry.Do(ctx, func(ctx context.Context) error {
		measure(ctx, readings)
		return nil
	}, opts)
	// Output:
	// create: not on this database
	// import: 0 not on this database
	// correct: not on this database
	// mean: 0 not on this database
	// forget: not on this database
	// sensors: [] not on this database
	// columns: [] not on this database
}

// Code that takes a pgx.Tx may ask for its connection. It is nil where there is
// none of pgx's; a statement says why.
func ExampleDB_Tx_conn() {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		panic(err)
	}
	defer engine.Close(ctx)
	registry := scoped.New(engine)
	db := scopedpgx.New(registry)

	err = registry.Do(ctx, func(ctx context.Context) error {
		tx, err := db.Tx(ctx)
		if err != nil {
			return err
		}
		if tx.Conn() == nil {
			fmt.Println("no connection of pgx's")
		}
		_, err = tx.Exec(ctx, "LISTEN orders")
		return err
	})
	fmt.Println(errors.Is(err, session.ErrUnsupported))
	// Output:
	// no connection of pgx's
	// true
}
