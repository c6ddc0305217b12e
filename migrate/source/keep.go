package source

import (
	"iter"
	"strings"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// keepLimit is how much text of a script is kept. Most scripts are shorter, and are
// read once for all that is done with them.
const keepLimit = 2 << 10

// keeper collects the statements of a script while they are read.
type keeper struct {
	statements []sqlsplit.Statement
	size       int
	tooMuch    bool
}

// add takes a statement, unless it is too much. The rows of a COPY are the file's.
func (k *keeper) add(st sqlsplit.Statement) {
	k.size += len(st.SQL) + len(st.Leading) + len(st.Trailing)
	if k.tooMuch = k.tooMuch || k.size > keepLimit || st.Data != nil; k.tooMuch {
		k.statements = nil
		return
	}
	// Not as parts of the text that they were found in.
	st.SQL, st.Leading, st.Trailing = strings.Clone(st.SQL), strings.Clone(st.Leading), strings.Clone(st.Trailing)
	k.statements = append(k.statements, st)
}

// keep remembers the statements for the loops to come.
func (s *Script) keep(k *keeper) {
	if !k.tooMuch {
		s.kept.Store(&k.statements)
	}
}

// fromKept are the statements as they were read before; false: they were not kept.
func (s *Script) fromKept() (iter.Seq2[sqlsplit.Statement, error], bool) {
	kept := s.kept.Load()
	if kept == nil {
		return nil, false
	}
	return func(yield func(sqlsplit.Statement, error) bool) {
		for _, st := range *kept {
			if !yield(st, nil) {
				return
			}
		}
	}, true
}
