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
		buf: new(strings.Builder), chunk: make([]byte, firstChunk)}
}

// grow reads at least n more bytes, or up to the end. What has been cut from the
// text stays valid.
func (w *window) grow(n int) error {
	w.shed()
	passed := w.buf.Len() - len(w.text)
	for want := w.buf.Len() + n; w.buf.Len() < want && !w.eof; {
		if err := w.read(); err != nil {
			return err
		}
	}
	w.text = w.buf.String()[passed:]
	return nil
}

// shed lets go of what has been passed, when that is most of what is held.
func (w *window) shed() {
	if passed := w.buf.Len() - len(w.text); passed >= chunk && passed > len(w.text) {
		w.buf = new(strings.Builder)
		w.buf.Grow(len(w.text) + chunk)
		w.buf.WriteString(w.text)
	}
}

// firstChunk is how much of a text is read first. Most files are small, and there
// may be thousands of them.
const firstChunk = 2 << 10

// read reads more at a time the more there is.
func (w *window) read() error {
	n, err := w.r.Read(w.chunk)
	w.buf.Write(w.chunk[:n])
	if n == len(w.chunk) && n < chunk {
		w.chunk = make([]byte, min(4*n, chunk))
	}
	if w.eof = err == io.EOF; w.eof {
		return nil
	}
	return err
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
