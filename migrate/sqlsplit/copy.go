package sqlsplit

import (
	"io"
	"strings"
)

// copyData reads the rows behind a COPY … FROM STDIN, up to a line with \. alone.
type copyData struct {
	s         *Scanner
	line, col int  // of the first row
	within    bool // the window begins within a line
	err       error
}

// beginData goes behind the line with the statement.
func (s *Scanner) beginData() (io.Reader, error) {
	line, end, err := s.rest(0)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(line) != "" {
		return nil, s.errorf(0, "the rows of a COPY … FROM STDIN begin on the next line, and here is %q",
			strings.TrimSpace(line))
	}
	s.skip(min(end+1, len(s.win.text)))
	s.data = &copyData{s: s, line: s.win.line, col: s.win.column}
	return s.data, nil
}

// skipData goes behind rows that nobody has read.
func (s *Scanner) skipData() error {
	if s.data == nil {
		return nil
	}
	d := s.data
	read := d.err == io.EOF
	_, err := io.Copy(io.Discard, d)
	if !read {
		d.err = io.ErrClosedPipe // to whoever reads too late
	}
	s.data = nil
	return err
}

// Read reads rows. A text that ends before the rows do is a [*SyntaxError].
func (d *copyData) Read(p []byte) (int, error) {
	n := 0
	for d.err == nil && n < len(p) {
		var k int
		k, d.err = d.some(p[n:])
		n += k
		if n > 0 && d.s.win.text == "" {
			break
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, d.err
}

// some reads from one line.
func (d *copyData) some(p []byte) (int, error) {
	w := &d.s.win
	if err := d.s.fill(3); err != nil {
		return 0, err
	}
	switch {
	case d.atEnd():
		d.s.skip(min(3, len(w.text)))
		return 0, io.EOF
	case w.text == "":
		return 0, &SyntaxError{Line: d.line, Column: d.col,
			Message: `the rows that begin here are not ended by a line with \.`}
	}
	line := firstLine(w.text[:min(len(p), len(w.text))])
	d.within = !strings.HasSuffix(line, "\n")
	w.pass(len(line))
	return copy(p, line), nil
}

// atEnd reports whether the line that ends the rows comes next.
func (d *copyData) atEnd() bool {
	rest, ok := strings.CutPrefix(d.s.win.text, `\.`)
	return ok && !d.within && (rest == "" || rest[0] == '\n')
}

// firstLine is the text up to its first line feed, and with it.
func firstLine(text string) string {
	if n := strings.IndexByte(text, '\n'); n >= 0 {
		return text[:n+1]
	}
	return text
}
