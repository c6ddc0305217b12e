package sqlite

import (
	"fmt"
	"strings"

	modernc "modernc.org/sqlite"
)

// bare takes modernc's decoration off a message: the general text of the code in
// front and the code behind.
func bare(e *modernc.Error) string {
	msg := strings.TrimSuffix(e.Error(), " (SQLITE_BUSY)")
	msg = strings.TrimSuffix(msg, fmt.Sprintf(" (%d)", e.Code()))
	if own, ok := strings.CutPrefix(msg, errorText(e.Code())+": "); ok {
		return own
	}
	return msg
}
