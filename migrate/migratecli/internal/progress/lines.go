package progress

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

// lines are what an event leaves on the screen.
func (r *Reporter) lines(e *migrate.Event) []string {
	if r.out == nil {
		return nil
	}
	switch e.Kind {
	case migrate.StepEnds:
		return []string{r.stepLine(e)}
	case migrate.StatementEnds:
		if r.verbose {
			return []string{r.statementLine(e)}
		}
	case migrate.Retrying:
		return r.caution(fmt.Sprintf("%s had to wait too long for a lock; trying again in %s (%d)",
			Name(e.Step), term.Duration(e.Elapsed), e.Number))
	case migrate.Warning:
		return r.caution("warning: " + e.Text)
	}
	return nil
}

// caution is a warning, wrapped.
func (r *Reporter) caution(text string) []string {
	lines := term.Wrap(term.Clean(text), r.out.Width-2)
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	lines[0] = r.out.Sign(term.Caution) + lines[0][1:]
	return lines
}

// Name is what people call a step: its version and its name.
func Name(s *migrate.Step) string {
	return strings.TrimSpace(term.Clean(string(s.Version) + " " + s.Name))
}

// stepLine tells how a migration ended.
func (r *Reporter) stepLine(e *migrate.Event) string {
	head := r.verdict(e)
	facts := " (" + strings.Join(r.facts(e), ", ") + ")"
	return head + r.fit(Name(e.Step), term.Cells(head)+term.Cells(facts)) + r.out.Paint(term.Dim, facts)
}

// verdict is what stands before the name.
func (r *Reporter) verdict(e *migrate.Event) string {
	sign, verb, style := term.Good, done(e.Step.Kind), term.Green
	if e.Err != nil {
		sign, verb, style = term.Bad, "failed", term.Red
	}
	head := r.out.Paint(style, verb) + " "
	if r.out.Terminal {
		head = r.out.Sign(sign) + " " + head
	}
	return head
}

// fit is a text that fits next to what takes so many cells.
func (r *Reporter) fit(text string, taken int) string {
	if r.out.Width == 0 {
		return text
	}
	return r.out.Cut(text, max(10, r.out.Width-taken))
}

// done is what was done to a migration.
func done(kind migrate.Kind) string {
	if kind == migrate.KindDown {
		return "undone"
	}
	return "applied"
}

// facts are how much was done, and how fast.
func (r *Reporter) facts(e *migrate.Event) []string {
	facts := []string{r.amount(e)}
	if r.now.rows > 0 && e.Err == nil {
		facts = append(facts, term.Plural(r.now.rows, "row"))
	}
	facts = append(facts, term.Duration(e.Elapsed))
	return slices.DeleteFunc(facts, func(fact string) bool { return fact == "" })
}

// amount is how many statements there were, or at which one it failed.
func (r *Reporter) amount(e *migrate.Event) string {
	switch {
	case e.Step.Go:
		return "Go"
	case e.Err == nil:
		return term.Plural(int64(e.Of), "statement")
	case r.now.statement > 0:
		return fmt.Sprintf("statement %d of %d", r.now.statement, e.Of)
	}
	return ""
}

// statementLine tells of one statement.
func (r *Reporter) statementLine(e *migrate.Event) string {
	facts := term.Duration(e.Elapsed)
	if e.Rows > 0 {
		facts = term.Plural(e.Rows, "row") + ", " + facts
	}
	at, facts := fmt.Sprintf("    %d/%d ", e.Number, e.Of), " ("+facts+")"
	return r.out.Paint(term.Dim, at) + r.fit(oneLine(e.SQL), len(at)+len(facts)) + r.out.Paint(term.Dim, facts)
}

// oneLine is the beginning of a statement on one line.
func oneLine(sql string) string {
	const enough = 300
	return strings.Join(strings.Fields(term.Clean(sql[:min(len(sql), enough)])), " ")
}

// alive is a sign of life from where a run is; "" where it is nowhere.
func (p *position) alive(now time.Time) string {
	switch {
	case p.step != nil && p.statement > 0:
		return fmt.Sprintf("still at %s, statement %d of %d, %s: %.80s", Name(p.step), p.statement, p.of,
			term.Duration(now.Sub(p.since)), oneLine(p.sql))
	case p.step != nil:
		return fmt.Sprintf("still at %s, %s", Name(p.step), term.Duration(now.Sub(p.since)))
	case p.doing != "":
		return fmt.Sprintf("%s, %s", p.doing, term.Duration(now.Sub(p.since)))
	}
	return ""
}
