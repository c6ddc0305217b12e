package scopedsql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/scoped"
)

// ErrNoSavepoint is what a *sql.Tx says that was told to release a savepoint, or
// to roll back to one, which it has not or not any more. Nothing was sent.
var ErrNoSavepoint = errors.New("scopedsql: this transaction has no such savepoint")

// savepoint is one that code has made by itself in a *sql.Tx, with a statement:
// ORMs do so for their transactions inside of transactions. The session has to
// know of it. Otherwise a statement that fails in it would cost the *sql.Tx.
type savepoint struct {
	name string
	part *scoped.Scope
}

// about finds out whether a statement is about a savepoint: the verb is SAVEPOINT,
// RELEASE or ROLLBACK, or empty if it is not.
func about(text string) (verb, name string) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	if len(verb) > len("SAVEPOINT") {
		return "", ""
	}
	verb = strings.ToUpper(verb)
	forms, ok := forms[verb]
	if !ok {
		return "", ""
	}
	words := strings.Fields(strings.TrimRight(rest, "; \t\r\n"))
	last := len(words) - 1
	if last < 0 || !slices.Contains(forms, strings.ToUpper(strings.Join(words[:last], " "))) {
		return "", ""
	}
	return verb, words[last]
}

// forms are what may stand between the verb and the name.
var forms = map[string][]string{
	"SAVEPOINT": {""},
	"RELEASE":   {"", "SAVEPOINT"},
	"ROLLBACK": {"TO", "TO SAVEPOINT", "WORK TO", "WORK TO SAVEPOINT",
		"TRANSACTION TO", "TRANSACTION TO SAVEPOINT"},
}

// savepoint does what a statement about a savepoint says, if it is one.
func (t *tx) savepoint(text string) (done bool, err error) {
	switch verb, name := about(text); verb {
	case "SAVEPOINT":
		return true, t.save(name)
	case "RELEASE":
		return true, t.release(name)
	case "ROLLBACK":
		return true, t.rollbackTo(name)
	}
	return false, nil
}

func (t *tx) save(name string) error {
	part, err := t.conn.registry.Savepoint(t.conn.within(t.ctx))
	if err == nil {
		t.saves = append(t.saves, savepoint{name, part})
	}
	return err
}

func (t *tx) release(name string) error {
	at, err := t.find(name)
	if err != nil {
		return err
	}
	return t.releaseFrom(at)
}

// releaseFrom keeps the savepoints from that one on, the innermost first.
func (t *tx) releaseFrom(at int) error {
	for i := len(t.saves) - 1; i >= at; i-- {
		part := t.saves[i].part
		t.saves = t.saves[:i]
		if err := part.End(t.ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// rollbackTo undoes what was done since the savepoint, which stays.
func (t *tx) rollbackTo(name string) error {
	at, err := t.find(name)
	if err != nil {
		return err
	}
	part := t.saves[at].part
	t.saves = t.saves[:at]
	if err := part.End(t.ctx, errRolledBack); err != errRolledBack { //nolint:errorlint // it comes back as it is
		return err
	}
	return t.save(name)
}

// find finds the innermost savepoint of a name.
func (t *tx) find(name string) (int, error) {
	for i := len(t.saves) - 1; i >= 0; i-- {
		if strings.EqualFold(t.saves[i].name, name) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%w: %s", ErrNoSavepoint, name)
}
