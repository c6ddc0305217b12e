// Package report writes what the command line has to say for people to read.
package report

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
	"github.com/sqlscope/sqlscope/session"
)

// Files says where the files of sources are.
type Files struct {
	// Sources are those that were loaded.
	Sources []migrate.Source
	// Dirs are the directories they were read from, by the sources' names.
	Dirs map[string]string
}

// Failure says what went wrong, where, and what is left of it.
func Failure(s *term.Screen, err error, files Files) {
	const label = "error: "
	hanging(s, s.Paint(term.Red+";"+term.Bold, strings.TrimSpace(label))+" ", Sentence(err, files), len(label))
	var failed *migrate.Error
	if errors.As(err, &failed) {
		files.excerpt(s, failed)
		remains(s, failed)
	}
}

// hanging writes a text behind a head, and its other lines below its first.
func hanging(s *term.Screen, head, text string, left int) {
	for _, line := range term.Wrap(text, s.Width-left) {
		fmt.Fprintln(s.W, head+line)
		head = strings.Repeat(" ", left)
	}
}

// Stopped is the error of what was ended from outside.
type Stopped struct {
	// Why it was ended.
	Why string
	// Err is what came of it.
	Err error
}

// Error is both.
func (e *Stopped) Error() string { return e.Why + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *Stopped) Unwrap() error { return e.Err }

// Sentence says it in one sentence, if it can be said in one.
func Sentence(err error, files Files) string {
	var failed *migrate.Error
	var stopped *Stopped
	switch wasStopped, isMigration := errors.As(err, &stopped), errors.As(err, &failed); {
	case wasStopped && isMigration:
		return files.place(failed) + ": " + ordinal(failed) + "was stopped: " + stopped.Why
	case wasStopped:
		return stopped.Why + ": " + cause(stopped.Err)
	case isMigration:
		return files.failed(failed)
	}
	return cause(err)
}

// failed says which statement failed, and why.
func (f Files) failed(e *migrate.Error) string {
	text := f.place(e) + ": "
	if e.Statement > 0 && !errors.Is(e.Err, migrate.ErrAmbiguous) {
		text += ordinal(e) + "failed: "
	}
	return text + cause(e.Err)
}

// ordinal says which statement it is.
func ordinal(e *migrate.Error) string {
	if e.Statement == 0 {
		return ""
	}
	return fmt.Sprintf("statement %d of %d ", e.Statement, e.Statements)
}

// place is the file with line and column, or the migration.
func (f Files) place(e *migrate.Error) string {
	file := e.File
	if file == "" {
		return strings.TrimSpace(fmt.Sprintf("%s: version %s %s", e.Source, e.Version, e.Name))
	}
	if dir := f.Dirs[e.Source]; dir != "" {
		file = path.Join(dir, file)
	}
	if e.Line > 0 {
		file = fmt.Sprintf("%s:%d:%d", file, e.Line, e.Column)
	}
	return file
}

// cause is an error without the names of packages, and a database's error in the
// database's own words.
func cause(err error) string {
	text := err.Error()
	var db *session.Error
	if errors.As(err, &db) {
		text = strings.Replace(text, db.Error(), words(db), 1)
	}
	for _, name := range []string{"migrate: ", "session: ", "source: ", "lint: "} {
		text = strings.ReplaceAll(text, name, "")
	}
	return text
}

// words are the database's message with its code.
func words(db *session.Error) string {
	text := oneOf(db)
	if db.Op == "connect" {
		text = "cannot connect: " + text
	}
	return text
}

// oneOf is the database's message with its code.
func oneOf(db *session.Error) string {
	text := db.Message
	if text == "" || db.Op == "connect" { // the driver knows more of the way there
		text = db.Err.Error()
	}
	text = strings.Join(distinct(text), " ")
	if db.Code != "" && !strings.Contains(text, db.Code) {
		text += " (" + db.Code + ")"
	}
	return text
}

// distinct are the lines of a text. What a driver says of several addresses is said
// once.
func distinct(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return slices.Compact(lines)
}

// remains says what is left of the migration that failed.
func remains(s *term.Screen, e *migrate.Error) {
	if text := rest(e); text != "" {
		hanging(s, "", text, 0)
	}
	if e.Stack != "" {
		fmt.Fprintln(s.W, e.Stack)
	}
}

// rest is what is left, in a sentence.
func rest(e *migrate.Error) string {
	switch {
	case e.RolledBack:
		return "The migration was rolled back and has left nothing."
	case e.Done > 0:
		return fmt.Sprintf("%d of %d statements took effect and stay; the next run goes on behind them.",
			e.Done, e.Statements)
	}
	return ""
}
