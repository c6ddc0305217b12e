package sqlite_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/drivertest"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/session"
)

func TestConformanceOfAFile(t *testing.T) { conform(t, fileURL(t), false) }

// TestConformanceInMemory has the whole suite run on one connection.
func TestConformanceInMemory(t *testing.T) { conform(t, memory, true) }

func conform(t *testing.T, url string, private bool) {
	drivertest.Run(t, drivertest.Harness{
		Private: private,
		Open: func(t testing.TB, opts session.Options) *session.Engine {
			engine, err := session.Open(t.Context(), url, opts, sqlite.Driver)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = engine.Close(context.Background()) })
			return engine
		},
		Spelling: drivertest.Spelling{
			AutoKey: "INTEGER PRIMARY KEY", Decimal: "TEXT", WideDecimal: "TEXT", Slow: counting,
			DeferredReference: "DEFERRABLE INITIALLY DEFERRED",
			Fails: func(column string) string {
				return "abs(-9223372036854775808 + " + column + ")"
			},
			Names: map[drivers.Kind]drivertest.Names{
				drivers.KindUnique:  {Table: true, Column: true},
				drivers.KindNotNull: {Table: true, Column: true},
				drivers.KindCheck:   {Constraint: true},
			},
		},
	})
}

const counter = "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < %d) " +
	"SELECT max(x) FROM c)"

// counting is an expression that counts for about d.
func counting(d time.Duration) string {
	return fmt.Sprintf(counter, d/perStep())
}

// perStep measures the machine: the race detector makes it ten times slower.
var perStep = sync.OnceValue(func() time.Duration {
	const steps = 20_000
	engine, err := session.Open(context.Background(), memory, session.Options{}, sqlite.Driver)
	if err != nil {
		panic(err)
	}
	defer engine.Close(context.Background())
	start := time.Now()
	sql := "SELECT " + fmt.Sprintf(counter, steps)
	err = engine.Do(context.Background(), func(ctx context.Context, s *session.Session) error {
		_, err := session.One[int](ctx, s, sql)
		return err
	})
	if err != nil {
		panic(err)
	}
	return max(1, time.Since(start)/steps)
})
