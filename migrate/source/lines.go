package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// lineLimit is how much of a line is held. Annotations are shorter.
const lineLimit = 64 << 10

// lines reads a text line by line; a long line in parts.
type lines struct {
	r      *bufio.Reader
	number int  // of the line at hand, from 1
	within bool // the next part does not begin a line
}

// lineBuffers are used again: a directory has many files, each is read several
// times, and most are much smaller than a buffer.
var lineBuffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, lineLimit) }}

func newLines(r io.Reader) *lines {
	buffer := lineBuffers.Get().(*bufio.Reader)
	buffer.Reset(sqlsplit.Text(r))
	return &lines{r: buffer}
}

// free gives the buffer back; nothing is read after that.
func (l *lines) free() {
	l.r.Reset(nil)
	lineBuffers.Put(l.r)
	l.r = nil
}

// part is a line with its line feed, or a part of one.
type part struct {
	text  []byte // valid until the next one
	whole bool   // it is all of the line
}

// next returns the next part, or io.EOF.
func (l *lines) next() (part, error) {
	text, err := l.r.ReadSlice('\n')
	if len(text) == 0 {
		return part{}, err
	}
	if !l.within {
		l.number++
	}
	ends := !errors.Is(err, bufio.ErrBufferFull)
	p := part{text: text, whole: ends && !l.within}
	l.within = !ends
	if err == nil || err == io.EOF || !ends {
		return p, nil
	}
	return part{}, err
}

// rest returns all of a line of which p is the first part.
func (l *lines) rest(p part) (part, error) {
	if p.whole {
		return p, nil
	}
	text := bytes.Clone(p.text)
	for l.within {
		more, err := l.next()
		if err != nil && err != io.EOF {
			return part{}, err
		}
		text = append(text, more.text...)
		l.within = l.within && err == nil
	}
	return part{text: text, whole: true}, nil
}

// line is the text of a whole line without its line feed, and whether it may be an
// annotation at all.
func (p part) line() (string, bool) {
	if !p.whole || !bytes.HasPrefix(bytes.TrimLeft(p.text, " \t\f\v\r"), []byte("--")) {
		return "", false
	}
	return string(bytes.TrimSuffix(p.text, []byte("\n"))), true
}
