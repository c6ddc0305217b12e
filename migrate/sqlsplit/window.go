package sqlsplit

import (
	"io"
	"strings"
	"unicode/utf8"
)

// window is the part of a text that has been read and not yet been passed. It
// begins with the statement at hand and grows until that has ended.
type window struct {
	r    io.Reader
	text string // what is in the window
	eof  bool   // nothing follows text
	// line and column of text[0], from 1; columns count characters.
	line, column int

	buf   *strings.Builder // its end is text
	chunk []byte
}

func newWindow(r io.Reader) window {
	return window{r: Text(r), line: 1, column: 1,
		buf: new(strings.Builder), chunk: make([]byte, chunk)}
}

// grow reads at least n more bytes, or up to the end. What has been cut from the
// text stays valid.
func (w *window) grow(n int) error {
	passed := w.buf.Len() - len(w.text)
	if passed >= chunk && passed > len(w.text) {
		rest := new(strings.Builder)
		rest.Grow(len(w.text) + chunk)
		rest.WriteString(w.text)
		w.buf, passed = rest, 0
	}
	for want := w.buf.Len() + n; w.buf.Len() < want && !w.eof; {
		k, err := w.r.Read(w.chunk)
		w.buf.Write(w.chunk[:k])
		w.eof = err == io.EOF
		if err != nil && !w.eof {
			return err
		}
	}
	w.text = w.buf.String()[passed:]
	return nil
}

// pass moves the window's beginning on by n bytes.
func (w *window) pass(n int) {
	w.line, w.column = w.at(n)
	w.text = w.text[n:]
}

// at is the line and the column of text[n].
func (w *window) at(n int) (line, column int) {
	return position(w.line, w.column, w.text[:n])
}

// position is where one is behind a text that begins at line and column.
func position(line, column int, passed string) (int, int) {
	if lines := strings.Count(passed, "\n"); lines > 0 {
		line, column = line+lines, 1
		passed = passed[strings.LastIndexByte(passed, '\n')+1:]
	}
	return line, column + utf8.RuneCountInString(passed)
}
