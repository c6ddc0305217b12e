package session

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/placeholder"
)

// Named holds arguments by name. Given as the only argument, it makes a
// statement's :name placeholders take their values from it.
type Named map[string]any

// Verbatim holds the arguments of a statement that is written in the database's
// own placeholder style, if it has any placeholders. Given as the only argument,
// it has the statement sent as it is: a ? in it is an operator.
type Verbatim []any

// texts caches rewritten statements. When it is full it forgets some at random:
// a program has a limited number of statements, unless it builds them from
// values, and then no choice is better than another.
type texts struct {
	mu sync.RWMutex
	// positional and named are guarded by mu.
	positional, named map[string]*placeholder.Text
}

// maxTexts limits each of the two caches; longer statements than maxTextLen
// are not kept.
const maxTexts, maxTextLen = 4096, 64 << 10

type rewrite func(string, *drivers.Lexical) *placeholder.Text

// get returns the statement in the database's own placeholder style.
func (t *texts) get(m *map[string]*placeholder.Text, sql string, lex *drivers.Lexical, f rewrite) *placeholder.Text {
	t.mu.RLock()
	text := (*m)[sql]
	t.mu.RUnlock()
	if text != nil {
		return text
	}
	text = f(sql, lex)
	if len(sql) <= maxTextLen {
		t.put(m, sql, text)
	}
	return text
}

func (t *texts) put(m *map[string]*placeholder.Text, sql string, text *placeholder.Text) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if *m == nil {
		*m = map[string]*placeholder.Text{}
	}
	for k := range *m {
		if len(*m) < maxTexts {
			break
		}
		delete(*m, k)
	}
	(*m)[sql] = text
}

// step makes a step of a statement, or says why it cannot be sent.
func (s *Session) step(op drivers.Op, sql string, args []any) (drivers.Step, error) {
	e := s.engine
	if len(args) == 1 {
		switch only := args[0].(type) {
		case Named:
			return e.namedStep(op, sql, only)
		case Verbatim:
			return drivers.Step{Op: op, SQL: sql, Args: only}, e.checkArgs(sql, only)
		}
	}
	if len(args) == 0 && !strings.ContainsAny(sql, "?$") {
		return drivers.Step{Op: op, SQL: sql}, checkText(sql)
	}
	text := e.texts.get(&e.texts.positional, sql, &e.desc.Lexical, placeholder.Positional)
	if text.Args != len(args) {
		return drivers.Step{}, countError(text.Args, args, sql, e.desc)
	}
	return drivers.Step{Op: op, SQL: text.SQL, Args: args}, e.checkArgs(sql, args)
}

func (e *Engine) namedStep(op drivers.Op, sql string, named Named) (drivers.Step, error) {
	text := e.texts.get(&e.texts.named, sql, &e.desc.Lexical, placeholder.Named)
	args := make([]any, len(text.Names))
	used := map[string]bool{}
	for i, name := range text.Names {
		v, ok := named[name]
		if !ok {
			return drivers.Step{}, refuse(ErrArguments, "no value for :%s in [%s]", name, abridge(sql))
		}
		args[i], used[name] = v, true
	}
	if extra := unused(named, used); len(extra) > 0 {
		return drivers.Step{}, refuse(ErrArguments, "the statement has no :%s in [%s]",
			strings.Join(extra, ", no :"), abridge(sql))
	}
	return drivers.Step{Op: op, SQL: text.SQL, Args: args}, e.checkArgs(sql, args)
}

func unused(named Named, used map[string]bool) (extra []string) {
	for name := range named {
		if !used[name] {
			extra = append(extra, name)
		}
	}
	sort.Strings(extra)
	return extra
}

func countError(want int, args []any, sql string, d *drivers.Description) error {
	hint := ""
	if want > len(args) && d.Lexical.Placeholder == drivers.Dollar {
		hint = "; write ?? for the operator ?"
	}
	return refuse(ErrArguments, "%s, %s%s [%s]", plural(want, "placeholder"),
		plural(len(args), "argument"), hint, abridge(sql))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// checkArgs finds what every database would refuse, in words that are the same
// on all of them.
func (e *Engine) checkArgs(sql string, args []any) error {
	if err := e.checkValues(args); err != nil {
		return err
	}
	return checkText(sql)
}

func (e *Engine) checkValues(args []any) error {
	if most := e.desc.Capabilities.MaxArgs; most > 0 && len(args) > most {
		return refuse(ErrArguments, "%d arguments; %s takes at most %d in one statement",
			len(args), e.desc.Driver, most)
	}
	for i, a := range args {
		if text, ok := a.(string); ok && !utf8.ValidString(text) {
			return refuse(ErrArguments, "argument %d is a string that is not valid UTF-8 "+
				"(at byte %d); pass binary data as []byte", i+1, invalidAt(text))
		}
		if _, ok := a.(Named); ok {
			return refuse(ErrArguments, "argument %d is a Named among %d arguments; "+
				"it must be the only one", i+1, len(args))
		}
	}
	return nil
}

func checkText(sql string) error {
	if !utf8.ValidString(sql) {
		return refuse(ErrArguments, "the statement is not valid UTF-8 (at byte %d)", invalidAt(sql))
	}
	if strings.TrimSpace(sql) == "" {
		return refuse(ErrArguments, "the statement is empty")
	}
	return nil
}

// invalidAt is the index of the first byte that is not UTF-8.
func invalidAt(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return len(s)
}
