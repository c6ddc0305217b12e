package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
)

// outline is what one reading of a file tells.
type outline struct {
	start      direction // where the text begins; both if it has to say so
	up, down   *section
	repeatable bool
	literal    bool // ${ } means nothing
	templated  bool
	declared   []string
	used       []use
	checksum   string
}

// section is a part of a file that goes one way; dbmate allows several.
type section struct {
	line    int // where it begins
	outside bool
}

// use is a variable that a line mentions.
type use struct {
	name string
	line int
}

// surveyor reads a file for its outline.
type surveyor struct {
	rules *rules
	lines *lines
	only  direction // the direction of a file that has one
	at    *section  // where the line at hand belongs
	block int       // the line where an open block began
	begun bool      // there was more than comments
	all   bool      // the file says that all of it runs outside a transaction
	vars  finder
	brace bool // the part before ended in {
	sum   checksum
	outline
}

// survey reads r once, for everything but its statements.
func survey(r io.Reader, rules *rules, only direction) (*outline, error) {
	s := newSurveyor(r, rules, only)
	defer s.lines.free()
	for {
		p, err := s.lines.next()
		if err == io.EOF {
			return s.finish()
		}
		if err == nil {
			err = s.part(p)
		}
		if err != nil {
			return nil, &Error{Line: s.lines.number, Err: err}
		}
	}
}

func newSurveyor(r io.Reader, rules *rules, only direction) *surveyor {
	s := &surveyor{rules: rules, lines: newLines(r), only: only, sum: checksum{sum: sha256.New()},
		vars: finder{any: !rules.declared}}
	if s.start = only; rules.open == "" && only == both {
		s.start = up
	}
	if s.start != both {
		s.begin(s.start == down, mark{})
	}
	return s
}

// begin begins a section, or goes on with the one that goes the same way.
func (s *surveyor) begin(goesDown bool, m mark) {
	to := &s.up
	if goesDown {
		to = &s.down
	}
	if *to == nil {
		*to = &section{line: max(s.lines.number, 1), outside: m.outside}
	}
	s.at = *to
}

func (s *surveyor) part(p part) error {
	line, ok := p.line()
	if !ok {
		return s.text(p)
	}
	m, err := s.rules.mark(line)
	if err == nil && m.kind != noMark {
		err = s.mark(m)
	}
	if err != nil || m.kind == upMark || m.kind == downMark {
		return err
	}
	return s.text(p)
}

func (s *surveyor) mark(m mark) error {
	switch m.kind {
	case upMark, downMark:
		return s.turn(m)
	case outsideMark:
		s.all = true
	case repeatMark:
		s.repeatable = true
	case declareMark:
		s.declared = append(s.declared, m.names...)
	case literalMark:
		s.literal = true
	case blockMark, blockEndMark:
		return s.blockEdge(m)
	}
	return nil
}

// turn begins the section that m announces.
func (s *surveyor) turn(m mark) error {
	goesDown := m.kind == downMark
	name, seen := "up", s.up
	if goesDown {
		name, seen = "down", s.down
	}
	switch {
	case s.block > 0:
		return fmt.Errorf("the statement that begins in line %d is not ended", s.block)
	case s.only != both:
		return fmt.Errorf("the file's name says which way all of it goes; take the annotation %q out", name)
	case goesDown && s.up == nil:
		return errors.New("the way down stands before the way up; turn them round")
	case seen == nil, s.rules.open == "" && !goesDown && s.down == nil && !s.begun:
		s.begin(goesDown, m)
		return nil
	case !s.rules.several:
		return fmt.Errorf("a second %q; the first one is in line %d", name, seen.line)
	case seen.outside != m.outside:
		return fmt.Errorf("this part and the one in line %d do not agree on transaction:false; make them two files",
			seen.line)
	}
	s.begin(goesDown, m)
	return nil
}

func (s *surveyor) blockEdge(m mark) error {
	switch {
	case s.at == nil:
		return fmt.Errorf("it stands before %q", s.rules.open)
	case m.kind == blockEndMark && s.block == 0:
		return errors.New("it ends a statement that nothing began")
	case m.kind == blockMark && s.block > 0:
		return fmt.Errorf("the statement that begins in line %d is not ended", s.block)
	}
	s.block = 0
	if m.kind == blockMark {
		s.block = s.lines.number
	}
	return nil
}

// text looks at a part that is run.
func (s *surveyor) text(p part) error {
	blank := len(bytes.TrimSpace(p.text)) == 0
	comment := bytes.HasPrefix(bytes.TrimSpace(p.text), []byte("--"))
	s.begun = s.begun || !blank && !comment
	if s.at == nil {
		if !blank && !comment {
			return fmt.Errorf("text before %q: it would never run", s.rules.open)
		}
		return nil
	}
	if s.at == s.up {
		s.sum.write(p.text, blank)
	}
	s.findVariables(p.text)
	return nil
}

// findVariables looks for what has to be replaced before the text is run.
func (s *surveyor) findVariables(text []byte) {
	if s.rules.braced && !s.literal {
		for _, name := range s.vars.find(text) {
			s.used = append(s.used, use{name, s.lines.number})
		}
	}
	if s.rules.templates {
		s.templated = s.templated || bytes.Contains(text, []byte("{{")) || s.brace && text[0] == '{'
		s.brace = text[len(text)-1] == '{'
	}
}

func (s *surveyor) finish() (*outline, error) {
	switch {
	case s.up == nil && s.down == nil:
		return nil, &Error{Err: fmt.Errorf("there is no %q", s.rules.open)}
	case s.block > 0:
		return nil, &Error{Line: s.block, Err: errors.New("the statement that begins here is not ended")}
	}
	s.up.runsOutside(s.all)
	s.down.runsOutside(s.all)
	if s.literal {
		s.used = nil
	}
	s.checksum = hex.EncodeToString(s.sum.sum.Sum(nil))
	return &s.outline, nil
}

// runsOutside follows what the file says of all its parts.
func (s *section) runsOutside(all bool) {
	if s != nil {
		s.outside = s.outside || all
	}
}

// allDeclared fails at the first variable that the file uses and does not declare,
// where it has to.
func (o *outline) allDeclared() error {
	for _, u := range o.used {
		if !slices.Contains(o.declared, u.name) {
			return &Error{Line: u.line, Err: fmt.Errorf("the variable ${%s} is not declared; declare it with "+
				`"-- sqlscope: variables %s", or write "-- sqlscope: no variables" where ${ } has no meaning`, u.name, u.name)}
		}
	}
	return nil
}

// checksum sums up a text without the blank lines at its end.
type checksum struct {
	sum  hash.Hash
	held []byte // blank, and written when more follows
}

func (c *checksum) write(text []byte, blank bool) {
	if blank {
		c.held = append(c.held, text...)
		return
	}
	line := bytes.TrimSuffix(text, []byte("\n"))
	c.sum.Write(c.held)
	c.sum.Write(line)
	c.held = append(c.held[:0], text[len(line):]...)
}
