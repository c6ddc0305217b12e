package progress

import (
	"fmt"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

// wipe removes the bar, so that a line can be written in its place.
func (r *Reporter) wipe() {
	if r.painted {
		fmt.Fprint(r.bar.W, "\r\x1b[K")
		r.painted = false
	}
}

// paint paints the bar over what was there.
func (r *Reporter) paint() {
	r.bar.Resize()
	text := r.now.bar(r.bar, time.Now())
	if text == "" {
		r.wipe()
		return
	}
	fmt.Fprint(r.bar.W, "\r"+text+"\x1b[K")
	r.painted = true
}

// bar is where a run is, in one line that is shorter than the screen is wide: a
// full one would go on to the next line.
func (p *position) bar(s *term.Screen, now time.Time) string {
	elapsed := term.Duration(now.Sub(p.since))
	room := s.Width - 1
	switch {
	case p.step != nil && p.of == 0:
		return s.Sign(term.Busy) + " " + s.Cut(p.title()+"  "+elapsed, room-2)
	case p.step != nil:
		return p.gauge(s, elapsed, room)
	case p.doing != "":
		return s.Sign(term.Waiting) + " " + s.Cut(p.doing+"  "+elapsed, room-2)
	}
	return ""
}

// title says which step it is.
func (p *position) title() string {
	return fmt.Sprintf("%d/%d  %s", p.number, p.steps, Name(p.step))
}

// gauge is the bar of a step with statements. What is left of the line shows the
// statement.
func (p *position) gauge(s *term.Screen, elapsed string, room int) string {
	size := min(30, max(8, room/6))
	title := s.Cut(p.title(), max(12, room*2/5))
	line := s.Sign(term.Busy) + " " + title + "  " + blocks(s, size, max(0, p.statement-1), p.of) +
		"  " + p.facts(elapsed)
	if left := room - term.Cells(line) - 2; left >= 10 {
		line += "  " + s.Paint(term.Dim, s.Cut(oneLine(p.sql), left))
	}
	return line
}

// facts are how far a step is.
func (p *position) facts(elapsed string) string {
	text := fmt.Sprintf("%d/%d  %s", p.statement, p.of, elapsed)
	if p.rows > 0 {
		text += "  " + term.Plural(p.rows, "row")
	}
	return text
}

// blocks draws how much is done.
func blocks(s *term.Screen, size, done, of int) string {
	full := size * done / of
	if !s.Unicode {
		return "[" + strings.Repeat("#", full) + strings.Repeat(".", size-full) + "]"
	}
	return s.Paint(term.Cyan, strings.Repeat("━", full)) + s.Paint(term.Dim, strings.Repeat("─", size-full))
}
