package sqlsplit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrEncoding is returned for a text that is not in UTF-8 or another encoding
// that extends ASCII.
var ErrEncoding = errors.New("sqlsplit: wrong encoding")

// chunk is how much is read at a time.
const chunk = 64 << 10

// peeked is enough to look ahead. Larger reads go past the buffer.
const peeked = 512

// Text returns a reader of r's text without its byte order mark and with LF for
// CR LF; a text in UTF-16 or UTF-32 is [ErrEncoding]. What it returns may be
// given to Text again.
func Text(r io.Reader) io.Reader {
	if t, ok := r.(*text); ok {
		return t
	}
	return &text{r: bufio.NewReaderSize(r, peeked)}
}

type text struct {
	r       *bufio.Reader
	started bool
	cr      bool // a CR was held back
}

// Read reads text whose lines end in LF.
func (t *text) Read(p []byte) (int, error) {
	if !t.started {
		t.started = true
		if err := t.begin(); err != nil {
			return 0, err
		}
	}
	if len(p) < 2 {
		return t.readByte(p)
	}
	for {
		n, err := t.read(p)
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// begin looks at the first bytes. SQL in UTF-16 or UTF-32 has a NUL among its
// first four.
func (t *text) begin() error {
	head, err := t.r.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = t.r.Discard(3) // they have been seen
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")),
		bytes.IndexByte(head, 0) >= 0:
		return fmt.Errorf("%w: the text is UTF-16 or UTF-32; save it as UTF-8", ErrEncoding)
	}
	if err == io.EOF {
		return nil
	}
	return err
}

func (t *text) read(p []byte) (int, error) {
	start := 0
	if t.cr {
		p[0], t.cr, start = '\r', false, 1
	}
	n, err := t.r.Read(p[start:])
	if n == 0 {
		return start, err
	}
	n += start
	if p[n-1] == '\r' && err == nil {
		t.cr = true
		n--
	}
	return compact(p[:n]), err
}

// compact removes the CR before each LF in place.
func compact(p []byte) int {
	first := bytes.Index(p, []byte("\r\n"))
	if first < 0 {
		return len(p)
	}
	out := first
	for i := first; i < len(p); i++ {
		if p[i] != '\r' || i+1 == len(p) || p[i+1] != '\n' {
			p[out] = p[i]
			out++
		}
	}
	return out
}

// readByte serves callers whose buffer cannot hold a CR and what follows it.
func (t *text) readByte(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if t.cr {
		p[0], t.cr = '\r', false
	} else if c, err := t.r.ReadByte(); err != nil {
		return 0, err
	} else {
		p[0] = c
	}
	if next, _ := t.r.Peek(1); p[0] == '\r' && len(next) == 1 && next[0] == '\n' {
		p[0], _ = t.r.ReadByte()
	}
	return 1, nil
}
