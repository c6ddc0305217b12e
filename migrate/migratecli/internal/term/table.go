package term

import (
	"fmt"
	"strings"
)

// Column is one column of a [Table].
type Column struct {
	// Title stands above it.
	Title string
	// Right aligns it at the right.
	Right bool
	// Drop says how soon it is left out where there is no room: those with the
	// highest number first; 0: never.
	Drop int
	// Shrink lets it be cut where there is no room: to ten cells, and to fewer when
	// nothing else can be left out.
	Shrink bool
}

// Cell is a plain text and its style.
type Cell struct {
	Text  string
	Style Style
}

// Table is rows in columns that fit a screen.
type Table struct {
	Columns []Column
	rows    [][]Cell
}

// Row adds a row; it has a cell for each column.
func (t *Table) Row(cells ...Cell) {
	for i := range cells {
		cells[i].Text = Clean(cells[i].Text)
	}
	t.rows = append(t.rows, cells)
}

const (
	gap      = 2  // cells between two columns
	narrowed = 10 // what a column is shrunk to before another is left out
	narrow   = 4  // what it is shrunk to when no other can be left out
)

// Write writes the table.
func (t *Table) Write(s *Screen) {
	widths := t.fit(s.Width)
	var title []Cell
	for _, c := range t.Columns {
		title = append(title, Cell{c.Title, Dim})
	}
	for _, row := range append([][]Cell{title}, t.rows...) {
		fmt.Fprintln(s.W, t.line(s, row, widths))
	}
}

// fit says how wide each column is; 0: it is left out, since it is empty or
// there is no room.
func (t *Table) fit(width int) []int {
	widths := t.wanted()
	for width > 0 && total(widths) > width {
		over := total(widths) - width
		if !t.shrink(widths, over, narrowed) && !t.drop(widths) && !t.shrink(widths, over, narrow) {
			break
		}
	}
	return widths
}

// wanted is how wide the columns would be. One without any text has no width.
func (t *Table) wanted() []int {
	widths := make([]int, len(t.Columns))
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], Cells(c.Text))
		}
	}
	for i, c := range t.Columns {
		if widths[i] > 0 {
			widths[i] = max(widths[i], Cells(c.Title))
		}
	}
	return widths
}

func total(widths []int) int {
	n := -gap
	for _, w := range widths {
		if w > 0 {
			n += w + gap
		}
	}
	return n
}

// shrink takes cells from a column that can spare them.
func (t *Table) shrink(widths []int, over, least int) bool {
	for i, c := range t.Columns {
		if spare := widths[i] - least; c.Shrink && spare >= over {
			widths[i] -= over
			return true
		}
	}
	return false
}

// drop leaves out the column that is missed least.
func (t *Table) drop(widths []int) bool {
	least := -1
	for i, c := range t.Columns {
		if widths[i] > 0 && c.Drop > 0 && (least < 0 || c.Drop > t.Columns[least].Drop) {
			least = i
		}
	}
	if least < 0 {
		return false
	}
	widths[least] = 0
	return true
}

func (t *Table) line(s *Screen, row []Cell, widths []int) string {
	var b strings.Builder
	for i, c := range row {
		if widths[i] == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(strings.Repeat(" ", gap))
		}
		b.WriteString(t.Columns[i].place(s, c, widths[i]))
	}
	return strings.TrimRight(b.String(), " ")
}

// place is a cell in its column.
func (c Column) place(s *Screen, cell Cell, width int) string {
	text := s.Cut(cell.Text, width)
	blanks := strings.Repeat(" ", width-Cells(text))
	if c.Right {
		return blanks + s.Paint(cell.Style, text)
	}
	return s.Paint(cell.Style, text) + blanks
}
