package sqlsplit

import "slices"

// blocks follows the statements of a stored program (SQL/PSM, as MySQL and
// MariaDB have it): which of BEGIN, IF, CASE, LOOP, WHILE, REPEAT and FOR are
// open.
//
// IF, REPEAT and CASE are functions and expressions as well. They open a block
// only where a statement begins, and CASE elsewhere an expression that a bare END
// closes. What is taken for an IF by mistake is closed with the BEGIN around it.
type blocks struct {
	open   []block
	object string // what is created; "" for a block by itself
	params bool   // the parameters of a procedure or function are closed
	simple bool   // the body has begun, and with a plain statement
	starts bool   // a statement begins with the next token
	named  bool   // the next token is a name
	ended  bool   // END was the last word
}

type block struct {
	word string
	expr bool // CASE as an expression
	at   int
}

func (p *blocks) push(word string, at int) {
	p.open = append(p.open, block{word: word, at: at})
}

func (p *blocks) pop() { p.open = p.open[:len(p.open)-1] }

// next follows a word, or with "" anything else.
func (p *blocks) next(w string, at int) {
	ended, named := p.ended, p.named
	p.ended, p.named = false, false
	switch {
	case ended && p.end(w):
		p.starts = false
	case named: // as in FOLLOWS other_trigger
		p.starts = true
	default:
		p.word(w, at, p.begins(w))
	}
}

// begins reports whether a statement begins with w.
func (p *blocks) begins(w string) bool {
	if len(p.open) == 0 {
		return p.outside(w)
	}
	return p.starts && !p.inExpression()
}

// word follows a word that is none of a name or of what END closes.
func (p *blocks) word(w string, at int, starts bool) {
	p.starts = false
	switch w {
	case "BEGIN":
		p.push(w, at)
		p.starts = true
	case "CASE":
		p.open = append(p.open, block{word: w, expr: !starts, at: at})
	case "IF", "WHILE", "FOR", "LOOP", "REPEAT":
		if starts {
			p.push(w, at)
			p.starts = w == "LOOP" || w == "REPEAT"
		}
	case "END":
		p.ended = true
	case "THEN", "ELSE", "DO", "ROW":
		p.starts = true
	}
}

// outside reports whether a statement begins with w where no block is open. The
// body of a trigger begins behind FOR EACH ROW and the name of another trigger,
// that of an event behind DO, and that of a procedure or a function somewhere
// behind its parameters.
func (p *blocks) outside(w string) bool {
	switch p.object {
	case "PROCEDURE", "FUNCTION":
		p.simple = p.simple || p.params && verbs[w]
		return p.params && !p.simple
	}
	if p.starts && (w == "FOLLOWS" || w == "PRECEDES") {
		p.named = true
		return false
	}
	return p.starts
}

// verbs begin a statement that is a body by itself.
var verbs = map[string]bool{"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true,
	"REPLACE": true, "SET": true, "CALL": true, "RETURN": true, "WITH": true, "SIGNAL": true,
	"CREATE": true, "ALTER": true, "DROP": true, "TRUNCATE": true, "EXECUTE": true, "DO": true}

// punct follows a byte of punctuation: statements begin behind a semicolon and
// behind the colon of a label.
func (p *blocks) punct(c byte, parens int) {
	p.starts = c == ';' || c == ':'
	p.params = p.params || c == ')' && parens == 0
}

func (p *blocks) inExpression() bool {
	return len(p.open) > 0 && p.open[len(p.open)-1].expr
}

// end closes what END, or END followed by w, closes. It reports whether w belongs
// to it.
func (p *blocks) end(w string) bool {
	switch w {
	case "IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR":
		p.closeLast(func(b block) bool { return b.word == w })
		return true
	}
	p.closeLast(func(b block) bool { return b.word == "BEGIN" || b.expr })
	return false
}

// closeLast closes the last block that matches, and those within it.
func (p *blocks) closeLast(match func(block) bool) {
	for i, b := range slices.Backward(p.open) {
		if match(b) {
			p.open = p.open[:i]
			return
		}
	}
}
