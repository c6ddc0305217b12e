package sqlsplit

import (
	"strings"

	"github.com/sqlscope/sqlscope/drivers/lexer"
)

// body follows a statement as far as it takes to know which semicolons are
// inside it. Of most statements it looks at the first word only.
type body struct {
	dialect Dialect
	off     bool // a chosen delimiter decides, or a line
	plain   bool // no word of the statement matters
	copies  bool // COPY … FROM STDIN

	first  string // the first word
	object string // what a CREATE creates, if that can have a body
	words  int
	prev   string // the last keyword, or the last byte of punctuation

	parens, paren int // how many are open, and where the first one is
	blocks        blocks
	sqlite        int // SQLite: how much of ; END has been seen in a trigger's body
}

// limitHead is how many words a CREATE has before it names its object; the
// definer of MySQL is among them.
const limitHead = 16

// see follows a token that is part of the statement.
func (b *body) see(t lexer.Token, text string) {
	if b.off {
		return
	}
	switch t.Kind {
	case lexer.Punct:
		b.punct(text[t.Start], t.Start)
	case lexer.Word:
		if !b.plain {
			b.word(keyword(t.Text(text)), t.Start)
		}
	default:
		b.other()
	}
}

func (b *body) punct(c byte, at int) {
	b.count(c, at)
	if b.plain {
		return
	}
	b.blocks.next("", at)
	b.blocks.punct(c, b.parens)
	b.prev, b.sqlite = punctuation[c], strings.Count(punctuation[c], ";")
}

// count follows parentheses.
func (b *body) count(c byte, at int) {
	switch {
	case c == '(' && b.parens == 0:
		b.parens, b.paren = 1, at
	case c == '(':
		b.parens++
	case c == ')' && b.parens > 0:
		b.parens--
	}
}

// other follows literals, quoted names and numbers.
func (b *body) other() {
	if !b.plain {
		b.blocks.next("", 0)
		b.prev, b.sqlite = "", 0
	}
}

func (b *body) word(w string, at int) {
	if b.prev == "." || b.prev == "@" { // NEW.end is a column
		w = ""
	}
	b.words++
	if b.words == 1 {
		b.first = w
	}
	switch {
	case b.object != "":
		b.inside(w, at)
	case b.first == "CREATE" || b.first == "ALTER":
		b.head(w)
	case b.first == "COPY" && b.dialect == Postgres:
		b.copies = b.copies || w == "STDIN" && b.prev == "FROM" && b.parens == 0
	case b.words == 1 && b.dialect == Oracle && (w == "BEGIN" || w == "DECLARE"):
		b.object = "BLOCK"
	case b.first == "BEGIN" && b.dialect != Oracle:
		b.anonymous(w, at)
	default:
		b.plain = true
	}
	b.prev = w
}

// anonymous follows a statement whose first word is BEGIN, which begins a
// transaction almost everywhere, and in MariaDB a block if NOT ATOMIC follows.
func (b *body) anonymous(w string, at int) {
	switch {
	case b.words == 2 && w != "NOT" || b.words == 3 && w != "ATOMIC":
		b.plain = true
	case b.words == 3:
		b.object = "BLOCK"
		b.blocks.push("BEGIN", at)
	}
}

// head looks for what a CREATE creates. MySQL has events to ALTER, too.
func (b *body) head(w string) {
	switch w {
	case "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT":
		b.object = w
		b.blocks.object = w
		b.plain = b.first == "ALTER" && w != "EVENT" || !b.bodied(w)
	case "PACKAGE", "TYPE":
		b.object = w
		b.plain = b.dialect != Oracle
	case "TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE", "SEQUENCE":
		b.plain = true
	default:
		b.plain = b.words > limitHead
	}
	if b.plain {
		b.object = ""
	}
}

// bodied reports whether the dialect writes such a thing's body as part of the
// statement, and not in a literal or as a batch.
func (b *body) bodied(object string) bool {
	switch b.dialect {
	case Postgres:
		return object == "PROCEDURE" || object == "FUNCTION"
	case SQLite:
		return object == "TRIGGER"
	}
	return true
}

// inside follows a word behind the object.
func (b *body) inside(w string, at int) {
	switch b.dialect {
	case Oracle:
	case SQLite:
		b.trigger(w, at)
	case Postgres:
		b.atomic(w, at)
	default:
		b.blocks.next(w, at)
	}
}

// trigger follows SQLite, where BEGIN and END may be names as well: the body ends
// with "; END ;", as for sqlite3_complete.
func (b *body) trigger(w string, at int) {
	switch {
	case len(b.blocks.open) == 0 && w == "BEGIN":
		b.blocks.push(w, at)
	case b.sqlite == 1 && w == "END":
		b.sqlite = 2
		return
	}
	b.sqlite = 0
}

// atomic follows Postgres, where only BEGIN ATOMIC begins a body.
func (b *body) atomic(w string, at int) {
	open := len(b.blocks.open) > 0
	switch {
	case w == "ATOMIC" && b.prev == "BEGIN", open && (w == "CASE" || w == "BEGIN"):
		b.blocks.push(w, at)
	case open && w == "END":
		b.blocks.pop()
	}
}

// holds reports whether a semicolon is part of the statement.
func (b *body) holds() bool {
	switch {
	case b.off, b.plain:
		return b.dialect == Postgres && !b.off && b.parens > 0
	case b.object == "":
		return b.dialect == Postgres && b.parens > 0
	}
	switch b.dialect {
	case Oracle:
		return true
	case SQLite:
		return len(b.blocks.open) > 0 && b.sqlite != 2
	case Postgres:
		return b.parens > 0 || len(b.blocks.open) > 0
	}
	b.blocks.next("", 0)
	return len(b.blocks.open) > 0
}

// unclosed says what is open at the end of a statement, and where that began.
func (b *body) unclosed() (what string, at int) {
	switch {
	case b.dialect == Postgres && b.parens > 0:
		return "a parenthesis begins here and is not closed", b.paren
	case b.dialect == Oracle, b.object == "" || b.plain || !b.holds():
		return "", 0
	}
	first := b.blocks.open[0]
	return first.word + " begins a body here that has no END", first.at
}

// punctuation are the bytes of punctuation as strings.
var punctuation = func() (table [256]string) {
	for c := range table {
		table[c] = string([]byte{byte(c)})
	}
	return table
}()

// keyword returns the keyword that a word is, in upper case and without
// allocating, or "" if it is none of those that matter.
func keyword(word string) string {
	var upper [16]byte
	if len(word) > len(upper) {
		return ""
	}
	for i := range len(word) {
		c := word[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	return keywords[string(upper[:len(word)])]
}

var keywords = func() map[string]string {
	table := map[string]string{}
	for w := range strings.FieldsSeq(`CREATE ALTER COPY FROM STDIN BEGIN DECLARE NOT ATOMIC END
		PROCEDURE FUNCTION TRIGGER EVENT PACKAGE TYPE TABLE VIEW INDEX DATABASE SCHEMA USER ROLE SEQUENCE
		IF CASE LOOP WHILE REPEAT FOR THEN ELSE DO ROW FOLLOWS PRECEDES
		SELECT INSERT UPDATE DELETE REPLACE SET CALL RETURN WITH SIGNAL DROP TRUNCATE EXECUTE`) {
		table[w] = w
	}
	return table
}()
