package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// textRunner runs statements as files have them.
type textRunner interface {
	ExecText(ctx context.Context, sql string) (session.Result, error)
	CopyIn(ctx context.Context, sql string, data io.Reader) (int64, error)
}

// statement runs one statement and tells of it.
func (r *run) statement(ctx context.Context, q textRunner, s *Step, st *sqlsplit.Statement) error {
	u := r.begin(s, st)
	rows, err := send(ctx, q, st)
	return u.end(rows, err)
}

// underWay is a statement that was begun.
type underWay struct {
	run   *run
	step  *Step
	st    *sqlsplit.Statement
	began time.Time
}

// begin tells that a statement begins.
func (r *run) begin(s *Step, st *sqlsplit.Statement) *underWay {
	u := &underWay{r, s, st, time.Now()}
	r.m.emit(u.event(StatementBegins))
	return u
}

// end tells what has become of it, and returns err as its error.
func (u *underWay) end(rows int64, err error) error {
	if err != nil {
		err = u.run.statementFailure(u.step, u.st, err)
	}
	e := u.event(StatementEnds)
	e.Rows, e.Elapsed, e.Err = rows, time.Since(u.began), err
	u.run.m.emit(e)
	return err
}

func (u *underWay) event(kind EventKind) Event {
	return Event{Kind: kind, Source: u.step.Source, Step: u.step, Number: u.st.Number, Of: u.step.Count,
		SQL: u.st.SQL}
}

// send runs a statement as often as it says, or sends its rows.
func send(ctx context.Context, q textRunner, st *sqlsplit.Statement) (rows int64, err error) {
	if st.Data != nil {
		return q.CopyIn(ctx, st.SQL, st.Data)
	}
	for range max(1, st.Repeat) {
		var res session.Result
		res, err = q.ExecText(ctx, st.SQL)
		rows += res.RowsAffected
		if err != nil {
			break
		}
	}
	return rows, err
}

// failure is an error of a step as a whole.
func (r *run) failure(s *Step, err error) *Error {
	e := &Error{Source: s.Source, Version: s.Version, Name: s.Name, Kind: s.Kind, File: s.File,
		Statements: s.Count, Err: err}
	var at *source.Error
	if errors.As(err, &at) {
		e.File, e.Line, e.Column, e.Err = at.File, at.Line, at.Column, at.Err
	}
	return e
}

// asFailure is err as the error of a step, which it may be already.
func (r *run) asFailure(s *Step, err error) *Error {
	var failed *Error
	if errors.As(err, &failed) {
		return failed
	}
	return r.failure(s, err)
}

// statementFailure is the error of a statement.
func (r *run) statementFailure(s *Step, st *sqlsplit.Statement, err error) *Error {
	e := r.failure(s, err)
	e.Statement, e.Line, e.Column, e.SQL = st.Number, st.Line, st.Column, st.SQL
	var db *session.Error
	if errors.As(err, &db) {
		e.Code = db.Code
		if db.Position > 0 {
			e.Line, e.Column = st.Position(db.Position - 1)
		}
	}
	return e
}

// call runs a step that is written in Go.
func (r *run) call(ctx context.Context, s *Step, q session.Querier) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = r.panicked(s, p)
		}
	}()
	r.usual.changed = true // nobody knows what it will do
	if err := s.script.Func(ctx, q); err != nil {
		return r.failure(s, err)
	}
	return nil
}

func (r *run) panicked(s *Step, p any) *Error {
	failed := r.failure(s, fmt.Errorf("panic: %v", p))
	failed.Stack = string(debug.Stack())
	return failed
}

// announce has everybody see which statement runs, on databases that show what a
// connection calls itself. It travels with the statement.
func (r *run) announce(t tx, s *Step, number int) error {
	if r.m.dialect != sqlsplit.Postgres {
		return nil
	}
	return t.Queue("SET LOCAL application_name = '" + strings.ReplaceAll(r.mark(s, number), "'", "") + "'")
}

// mark is what a connection calls itself while it runs a statement. Postgres
// keeps 63 bytes of it.
func (r *run) mark(s *Step, number int) string {
	what := string(s.Version)
	if what == "" {
		what = cut(s.Name, 20)
	}
	return cut(fmt.Sprintf("%s%s %s %d/%d %s", markPrefix, s.Kind, strings.ReplaceAll(what, " ", "_"), number,
		s.Count, r.m.opts.AppliedBy), 63)
}

const markPrefix = "migrate "
