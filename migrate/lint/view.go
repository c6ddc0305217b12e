package lint

import (
	"strings"

	"github.com/sqlscope/sqlscope/drivers/lexer"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// tokenLimit is how much of a statement is looked at. What comes later in a long
// INSERT is data.
const tokenLimit = 4096

// view is a statement as its tokens.
type view struct {
	st   *sqlsplit.Statement
	toks []tok
}

// tok is a token: words in upper case, anything else as it is written.
type tok struct {
	text  string
	kind  lexer.Kind
	at    int // its offset in the statement
	depth int // how many parentheses are open around it
}

func look(st *sqlsplit.Statement) *view {
	v := &view{st: st}
	depth := 0
	for t := range st.Tokens() {
		text := textOf(t, st.SQL)
		if text == ")" {
			depth--
		}
		v.toks = append(v.toks, tok{text, t.Kind, t.Start, depth})
		if text == "(" {
			depth++
		}
		if len(v.toks) == tokenLimit {
			break
		}
	}
	return v
}

func textOf(t lexer.Token, sql string) string {
	if t.Kind == lexer.Word {
		return strings.ToUpper(t.Text(sql))
	}
	return t.Text(sql)
}

// comments are the comments inside a statement.
func comments(st *sqlsplit.Statement) []string {
	var all []string
	if !strings.Contains(st.SQL, "lint:ignore") {
		return nil
	}
	for i := 0; i < len(st.SQL); {
		t := lexer.Next(st.SQL, i, st.Dialect.Lexical())
		if t.Kind == lexer.LineComment || t.Kind == lexer.BlockComment {
			all = append(all, t.Text(st.SQL))
		}
		i = t.End
	}
	return all
}

// starts reports whether the statement begins with these words.
func (v *view) starts(words ...string) bool { return begins(v.toks, words...) }

func begins(toks []tok, words ...string) bool {
	if len(toks) < len(words) {
		return false
	}
	for i, w := range words {
		if toks[i].text != w || toks[i].kind != lexer.Word {
			return false
		}
	}
	return true
}

// index is where the words stand outside parentheses, or -1.
func (v *view) index(words ...string) int { return find(v.toks, words...) }

func find(toks []tok, words ...string) int {
	for i := range toks {
		if toks[i].depth == 0 && begins(toks[i:], words...) {
			return i
		}
	}
	return -1
}

// anyOf is where the first of the words stands at any depth, or -1.
func anyOf(toks []tok, words ...string) int {
	for i, t := range toks {
		for _, w := range words {
			if t.text == w && t.kind == lexer.Word {
				return i
			}
		}
	}
	return -1
}

// skip passes over words that may be there.
func skip(toks []tok, words ...string) []tok {
	for _, w := range words {
		if begins(toks, w) {
			toks = toks[1:]
		}
	}
	return toks
}

// name reads a name with its qualifiers: its last part, in lower case unless it is
// quoted, and what follows it.
func name(toks []tok) (string, []tok) {
	last := ""
	for len(toks) > 0 {
		if last = toks[0].text; toks[0].kind == lexer.Name {
			last = strings.Trim(last, "\"`[]")
		} else {
			last = strings.ToLower(last)
		}
		if toks = toks[1:]; len(toks) == 0 || toks[0].text != "." {
			break
		}
		toks = toks[1:]
	}
	return last, toks
}

// creates is the table that a CREATE TABLE creates.
func (v *view) creates() (string, bool) {
	i := v.index("TABLE")
	if i < 0 || i > 4 || !v.starts("CREATE") {
		return "", false
	}
	table, _ := name(skip(v.toks[i+1:], "IF", "NOT", "EXISTS"))
	return table, true
}

// alter is an ALTER TABLE: the table, and what is done to it.
func (v *view) alter() (table string, actions [][]tok) {
	rest := v.toks
	if rest = skip(rest, "ALTER", "ONLINE", "IGNORE"); v.starts("CREATE") || !begins(rest, "TABLE") || !v.starts("ALTER") {
		return "", nil
	}
	table, rest = name(skip(rest, "TABLE", "IF", "EXISTS", "ONLY"))
	return table, split(rest)
}

// split cuts at the commas outside parentheses.
func split(toks []tok) [][]tok {
	var parts [][]tok
	start := 0
	for i, t := range toks {
		if t.text == "," && t.depth == 0 {
			parts = append(parts, toks[start:i])
			start = i + 1
		}
	}
	return append(parts, toks[start:])
}

// literals are the statement's literals.
func (v *view) literals() []string {
	var all []string
	for _, t := range v.toks {
		if t.kind == lexer.String {
			all = append(all, t.text)
		}
	}
	return all
}
