package term

// Style is how text looks: the number of an SGR sequence.
type Style string

// The styles.
const (
	Plain  Style = ""
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Cyan   Style = "36"
)

// Paint is the text in a style, where there are styles.
func (s *Screen) Paint(style Style, text string) string {
	if !s.Color || style == Plain || text == "" {
		return text
	}
	return "\x1b[" + string(style) + "m" + text + "\x1b[0m"
}

// Sign is a character that says at one glance what a line is about, and what
// stands for it where only ASCII is shown.
type Sign struct {
	Unicode, ASCII string
	Style          Style
}

// The signs.
var (
	Good    = Sign{"✓", "+", Green}
	Bad     = Sign{"✗", "x", Red}
	Busy    = Sign{"▸", ">", Cyan}
	Waiting = Sign{"○", "-", Dim}
	Caution = Sign{"!", "!", Yellow}
)

// Sign is a sign as this screen shows it.
func (s *Screen) Sign(g Sign) string {
	if s.Unicode {
		return s.Paint(g.Style, g.Unicode)
	}
	return s.Paint(g.Style, g.ASCII)
}

// Ellipsis stands for what was left out.
func (s *Screen) Ellipsis() string {
	if s.Unicode {
		return "…"
	}
	return "..."
}
