package postgres

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// beginText remembers the texts that the last transaction's options came to:
// most connections see the same options all day.
type beginText struct {
	options drivers.TxOptions
	texts   []string
}

// of returns the commands that begin a transaction with the options.
func (b *beginText) of(o *drivers.TxOptions) []string {
	if o == nil {
		o = &drivers.TxOptions{}
	}
	bare := *o
	bare.Settings = drivers.Settings{} // no text depends on them
	if b.texts == nil || b.options != bare {
		b.options = bare
		b.texts = beginTexts(o)
	}
	return b.texts
}

// commands is how many commands begin a transaction with the options.
func (b *beginText) commands(o *drivers.TxOptions) int {
	n := len(b.of(o))
	if o != nil && o.Settings != (drivers.Settings{}) {
		n++
	}
	return n
}

// settingsSQL sets n variables until the transaction ends. Names and values are
// arguments, so that nothing in them is ever read as SQL.
func settingsSQL(n int) string {
	var sql strings.Builder
	for i := range n {
		sql.WriteString([...]string{"select", ","}[min(i, 1)])
		fmt.Fprintf(&sql, " set_config($%d, $%d, true)", 2*i+1, 2*i+2)
	}
	return sql.String()
}

// settingsArgs are the arguments of settingsSQL, as text.
func settingsArgs(s drivers.Settings) (args [][]byte) {
	for name, value := range s.All() {
		args = append(args, []byte(name), []byte(value))
	}
	return args
}

func beginTexts(o *drivers.TxOptions) []string {
	texts := []string{beginSQL(o)}
	if o.StatementTimeout > 0 {
		texts = append(texts, "set local statement_timeout = "+milliseconds(o.StatementTimeout))
	}
	if o.LockTimeout > 0 {
		texts = append(texts, "set local lock_timeout = "+milliseconds(o.LockTimeout))
	}
	return texts
}

func beginSQL(o *drivers.TxOptions) string {
	var sql strings.Builder
	sql.WriteString("begin")
	if o.Isolation != drivers.DefaultIsolation {
		sql.WriteString(" isolation level " + o.Isolation.String())
	}
	if o.ReadOnly {
		sql.WriteString(" read only")
	}
	if o.Deferrable {
		sql.WriteString(" deferrable")
	}
	return sql.String()
}

// milliseconds rounds up: 0 would mean no limit to the server.
func milliseconds(d time.Duration) string {
	ms := (d + time.Millisecond - 1) / time.Millisecond
	return strconv.FormatInt(int64(ms), 10)
}

// controlSQL is the text of the steps that are neither BEGIN nor a statement.
func controlSQL(s *drivers.Step) string {
	switch s.Op {
	case drivers.OpSavepoint:
		return `savepoint "` + s.Name + `"`
	case drivers.OpRollbackTo:
		return `rollback to savepoint "` + s.Name + `"`
	case drivers.OpRelease:
		return `release savepoint "` + s.Name + `"`
	case drivers.OpCommit:
		return "commit"
	}
	return "rollback"
}
