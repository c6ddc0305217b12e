package source

import (
	"io"
)

// sectionReader reads the parts of a file that go one way. All other lines are
// empty, so that lines keep their numbers.
type sectionReader struct {
	lines  *lines
	rules  *rules
	want   direction
	at     direction
	expand func(string) (string, error) // what lines are replaced by; nil if they stay
	on     bool                         // expand applies
	out    []byte
	err    error // comes after out
	closer io.Closer
}

// Read reads as many lines as p holds.
func (s *sectionReader) Read(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		if len(s.out) == 0 {
			s.out, err = s.next()
		}
		k := copy(p[n:], s.out)
		s.out, n = s.out[k:], n+k
	}
	if n > 0 {
		s.err = err
		return n, nil
	}
	return 0, err
}

// next returns what the next part of the file becomes.
func (s *sectionReader) next() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	p, err := s.lines.next()
	if err != nil {
		return nil, err
	}
	text, err := s.part(p)
	if err != nil {
		return nil, &Error{Line: s.lines.number, Err: err}
	}
	return text, nil
}

// Close closes the file. It is called once.
func (s *sectionReader) Close() error {
	s.lines.free()
	return s.closer.Close()
}

func (s *sectionReader) part(p part) ([]byte, error) {
	stays, err := s.stays(p)
	switch {
	case err != nil:
		return nil, err
	case !stays || s.at != s.want:
		return lineEnd(p.text), nil
	case s.expand == nil || !s.on:
		return p.text, nil
	}
	p, err = s.lines.rest(p)
	if err != nil {
		return nil, err
	}
	text, err := s.expand(string(p.text))
	return []byte(text), err
}

// stays follows an annotation and reports whether the part stays in the text.
func (s *sectionReader) stays(p part) (bool, error) {
	line, ok := p.line()
	if !ok {
		return true, nil
	}
	m, err := s.rules.mark(line)
	return m.kind == noMark || s.mark(m), err
}

// mark follows an annotation, and reports whether its line stays in the text: the
// splitter has to see where blocks are.
func (s *sectionReader) mark(m mark) bool {
	switch m.kind {
	case upMark:
		s.at = up
	case downMark:
		s.at = down
	case envOnMark:
		s.on = true
	case envOffMark:
		s.on = false
	case blockMark, blockEndMark:
		return true
	}
	return false
}

// lineEnd is the line feed at the end of a part, if it has one.
func lineEnd(text []byte) []byte {
	if n := len(text); n > 0 && text[n-1] == '\n' {
		return text[n-1:]
	}
	return nil
}
