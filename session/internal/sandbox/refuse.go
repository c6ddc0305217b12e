package sandbox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/lexer"
)

var (
	errOver   = errors.New("sandbox: the database has ended the transaction that the sandbox lives in")
	errClosed = errors.New("sandbox: the sandbox has been closed")
)

// refusal is an error of the sandbox's own.
type refusal struct {
	is   error
	kind drivers.Kind
	text string
}

func (r *refusal) Error() string { return "sandbox: " + r.text }
func (r *refusal) Unwrap() error { return r.is }

func (p *Pool) refuse(format string, args ...any) error {
	return &refusal{is: p.cfg.Refused, text: fmt.Sprintf(format, args...)}
}

// ending are the words that begin what ends or begins a transaction, on any
// database.
var ending = words("BEGIN START COMMIT ROLLBACK END ABORT XA")

// committing are the words that begin what commits where DDL does.
var committing = words("ALTER ANALYZE CREATE DROP FLUSH GRANT LOCK OPTIMIZE RENAME REPAIR RESET " +
	"REVOKE TRUNCATE UNLOCK INSTALL UNINSTALL")

// writing are the words that begin what a read-only transaction refuses.
var writing = words("INSERT UPDATE DELETE REPLACE MERGE COPY ALTER CREATE DROP TRUNCATE GRANT REVOKE")

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// admits refuses a statement that the shared transaction would not survive.
func (p *Pool) admits(sql string) error {
	first, second := p.firstWords(sql)
	switch {
	case ending[first] && second != "TO" && second != "NOT": // ROLLBACK TO, BEGIN NOT ATOMIC
		return p.refuse("%s cannot be run as a statement: it would end the transaction that the "+
			"sandbox lives in", first)
	case committing[first] && !p.desc.Capabilities.TransactionalDDL && second != "TEMPORARY":
		return p.refuse("%s cannot be run: %s would commit what the sandbox is to undo",
			first, p.desc.Driver)
	}
	return nil
}

// firstWords are the first two words of a statement, in upper case.
func (p *Pool) firstWords(sql string) (first, second string) {
	for at := 0; at < len(sql); {
		token := lexer.Next(sql, at, &p.desc.Lexical)
		at = token.End
		switch {
		case token.Blank():
		case token.Kind != lexer.Word:
			return first, second
		case first == "":
			first = strings.ToUpper(token.Text(sql))
		default:
			return first, strings.ToUpper(token.Text(sql))
		}
	}
	return first, second
}

// writes reports whether a read-only transaction refuses the statement.
func (p *Pool) writes(sql string) bool {
	first, _ := p.firstWords(sql)
	return writing[first]
}
