package sqlite

import (
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

// Codes that do not come at will: a crash, a shared cache, a failing disk. The
// others come from SQLite itself, in the tests beside this one.
func TestAnExtendedCodeWithoutAMeaningOfItsOwnHasThatOfItsPrimaryCode(t *testing.T) {
	for code, want := range map[int]drivers.Kind{
		261:  drivers.KindLockTimeout, // BUSY_RECOVERY: another process repairs the WAL after a crash
		773:  drivers.KindLockTimeout, // BUSY_TIMEOUT
		6:    drivers.KindLockTimeout, // LOCKED
		262:  drivers.KindLockTimeout, // LOCKED_SHAREDCACHE
		517:  drivers.KindSerialization,
		264:  drivers.KindReadOnly, // READONLY_RECOVERY
		266:  drivers.KindResource, // IOERR_READ
		778:  drivers.KindResource, // IOERR_WRITE
		9999: drivers.KindUnknown,
	} {
		if got := kindOf(code); got != want {
			t.Errorf("code %d has kind %v, want %v", code, got, want)
		}
	}
}
