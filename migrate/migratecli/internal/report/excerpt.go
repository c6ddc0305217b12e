package report

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

const (
	before = 2 // lines above the one that an excerpt is about
	after  = 2 // lines of the statement below its beginning
)

// excerpt shows the lines of the file that the error is about.
func (f Files) excerpt(s *term.Screen, e *migrate.Error) {
	if e.Line == 0 {
		return
	}
	x := &excerpt{s: s, line: e.Line, column: e.Column, exact: exact(e)}
	first, last := max(1, e.Line-before), e.Line
	if !x.exact { // then it is about the statement as a whole
		last += min(after, strings.Count(e.SQL, "\n"))
	}
	x.digits = len(fmt.Sprint(last))
	x.write(first, f.lines(e, first, last))
}

// exact reports whether the server named the place.
func exact(e *migrate.Error) bool {
	var db *session.Error
	return errors.As(e.Err, &db) && db.Position > 0
}

// excerpt is a few lines of a file around a place.
type excerpt struct {
	s            *term.Screen
	line, column int  // the place
	exact        bool // it is marked
	digits       int  // of the highest number of a line
}

// write writes lines, of which the first one has a number.
func (x *excerpt) write(first int, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(x.s.W)
	for i, text := range lines {
		x.writeLine(first+i, text)
	}
	fmt.Fprintln(x.s.W)
}

// margin is what stands before a line.
func (x *excerpt) margin(number string) string {
	edge := "|"
	if x.s.Unicode {
		edge = "│"
	}
	return fmt.Sprintf("  %*s %s ", x.digits, number, edge)
}

// writeLine writes one line, and a mark below the place.
func (x *excerpt) writeLine(number int, text string) {
	margin := x.margin(fmt.Sprint(number))
	column, style := 1, term.Dim
	if number == x.line {
		column, style = x.column, term.Plain
	}
	shown, cells := window(x.s, text, column, x.s.Width-term.Cells(margin))
	fmt.Fprintln(x.s.W, strings.TrimRight(x.s.Paint(term.Dim, margin)+x.s.Paint(style, shown), " "))
	if number == x.line && x.exact {
		fmt.Fprintln(x.s.W, x.s.Paint(term.Dim, x.margin(""))+strings.Repeat(" ", cells)+
			x.s.Paint(term.Red+";"+term.Bold, "^"))
	}
}

// window is the part of a line around a column that fits into n cells, and how
// many cells of it are before the column.
func window(s *term.Screen, text string, column, n int) (shown string, cells int) {
	if n < 20 {
		n = 120
	}
	runes := []rune(text)
	at := min(max(0, column-1), len(runes))
	from := 0
	if at > n*3/4 { // it is shown with a third of the room before it
		from = at - n/3
	}
	head := ""
	if from > 0 {
		head = s.Ellipsis()
	}
	cells = term.Cells(head) + term.Cells(term.Clean(string(runes[from:at])))
	to := min(len(runes), from+n+1) // one more, so that it is seen that there is more
	return s.Cut(head+term.Clean(string(runes[from:to])), n), cells
}

// lines reads lines of the file of an error, from one up to another.
func (f Files) lines(e *migrate.Error, from, to int) []string {
	file, err := f.open(e)
	if err != nil {
		return nil
	}
	defer file.Close()
	r := bufio.NewReader(sqlsplit.Text(file))
	var lines []string
	for number := 1; number <= to; number++ {
		text, err := readLine(r)
		if number >= from && (err == nil || text != "") {
			lines = append(lines, text)
		}
		if err != nil {
			break
		}
	}
	return lines
}

// readLine reads a line. Of a very long one it keeps the first part.
func readLine(r *bufio.Reader) (string, error) {
	const most = 1 << 20
	var kept []byte
	for {
		part, more, err := r.ReadLine()
		if room := most - len(kept); room > 0 {
			kept = append(kept, part[:min(room, len(part))]...)
		}
		if err != nil || !more {
			return strings.ToValidUTF8(string(kept), string(utf8.RuneError)), err
		}
	}
}

// open opens the file of an error.
func (f Files) open(e *migrate.Error) (fs.File, error) {
	for _, src := range f.Sources {
		if (src.Name == e.Source || src.Name == "" && e.Source == "main") && src.FS != nil {
			return src.FS.Open(e.File)
		}
	}
	return nil, fs.ErrNotExist
}
