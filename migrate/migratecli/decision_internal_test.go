package migratecli

import (
	"testing"

	"github.com/sqlscope/sqlscope/migrate"
)

func TestEachDecisionIsTheResolutionOfItsName(t *testing.T) {
	for want, d := range map[migrate.Resolution]decision{migrate.Happened: {happened: true},
		migrate.NotHappened: {not: true}, migrate.AllDone: {done: true}, migrate.AllUndone: {undone: true}} {
		if got, err := d.resolution(); got != want || err != nil {
			t.Errorf("%+v: got %d, %v, want %d", d, got, err, want)
		}
	}
	for _, d := range []decision{{}, {happened: true, undone: true}} {
		if _, err := d.resolution(); err == nil {
			t.Errorf("%+v is no error", d)
		}
	}
}
