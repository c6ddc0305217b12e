package dialect

import "strings"

// Words cuts SQL text into words.
type Words struct {
	// Text is the statement.
	Text string
	at   int
}

// Next returns the next word in upper case, or "" when something else comes. The
// inside of /*! … */ and /*M! … */ is SQL, other comments do not come.
func (w *Words) Next() string {
	for w.at < len(w.Text) {
		rest := w.Text[w.at:]
		switch c := rest[0]; {
		case strings.IndexByte(" \t\r\n\f\v(;", c) >= 0:
			w.at++
		case strings.HasPrefix(rest, "/*!"), strings.HasPrefix(rest, "/*M!"):
			w.at += strings.IndexByte(rest, '!') + 1
			w.at += len(w.Text[w.at:]) - len(strings.TrimLeft(w.Text[w.at:], "0123456789"))
		case strings.HasPrefix(rest, "*/"):
			w.at += 2
		case strings.HasPrefix(rest, "/*"):
			w.skip("*/", 2)
		case c == '#', strings.HasPrefix(rest, "--"):
			w.skip("\n", 1)
		default:
			return w.word()
		}
	}
	return ""
}

// skip goes behind the end of what begins here with n bytes.
func (w *Words) skip(end string, n int) {
	w.at += n
	if i := strings.Index(w.Text[w.at:], end); i >= 0 {
		w.at += i + len(end)
		return
	}
	w.at = len(w.Text)
}

func (w *Words) word() string {
	from := w.at
	for w.at < len(w.Text) && wordByte(w.Text[w.at]) {
		w.at++
	}
	return strings.ToUpper(w.Text[from:w.at])
}

func wordByte(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
