package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

func classify(err error) drivers.Fault {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		kind := kindOf(server)
		if limit := (*limitError)(nil); errors.As(err, &limit) {
			kind = drivers.KindStatementTimeout
		}
		if isStale(err) {
			kind = drivers.KindSerialization // with whoever has changed the table
		}
		return drivers.Fault{Kind: kind, Code: server.Code, Message: server.Message,
			Constraint: server.ConstraintName, Table: server.TableName, Column: server.ColumnName,
			Position: int(server.Position)}
	}
	f := drivers.Fault{Kind: kindOfOther(err)}
	if f.Kind != drivers.KindUnknown {
		f.Message = err.Error()
	}
	return f
}

func kindOf(e *pgconn.PgError) drivers.Kind {
	switch {
	case e.Code != "57014":
	case strings.Contains(e.Message, copyRefused):
		return drivers.KindUnknown
	case strings.Contains(e.Message, "statement timeout"):
		return drivers.KindStatementTimeout // if it speaks English; see limitError
	}
	return dialect.PostgresKind(e.Code)
}

// kindOfOther looks at errors that are not the server's. A context's error is
// a net.Error too, so the order counts.
func kindOfOther(err error) drivers.Kind {
	var (
		lost    *lostError
		limit   *timeoutError
		connect *pgconn.ConnectError
		arg     *argumentError
		network net.Error
	)
	switch {
	case err == nil:
		return drivers.KindUnknown
	case errors.As(err, &lost), errors.As(err, &connect), errors.As(err, &limit),
		errors.Is(err, puddle.ErrClosedPool):
		return drivers.KindConnLost
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return drivers.KindTxAborted
	case errors.As(err, &arg):
		return drivers.KindData
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return drivers.KindCancelled
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, pgconn.ErrConnClosed), errors.Is(err, net.ErrClosed):
		return drivers.KindConnLost
	}
	return drivers.KindUnknown
}

// isCancelled reports whether the server stopped a statement on request.
func isCancelled(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == "57014"
}

// isRefusedCopy reports whether the error is the server's answer to refuseCopy.
func isRefusedCopy(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && strings.Contains(server.Message, copyRefused)
}

func isLost(err error) bool {
	var lost *lostError
	return errors.As(err, &lost)
}

// outdated reports whether the error says that what is known of a statement is
// no longer true, and whether that holds for all statements of the connection:
// after DEALLOCATE ALL or DISCARD ALL, or when a table has changed.
func outdated(err error) (this, all bool) {
	var server *pgconn.PgError
	if !errors.As(err, &server) || len(server.Code) != 5 {
		return false, false
	}
	switch server.Code[:2] {
	case "26", "0A":
		return true, true
	case "08", "42", "22":
		return true, false
	}
	return false, false
}

// distrustStatement forgets what an error says is no longer true. It returns the
// error, as a staleError if it is one.
func (c *conn) distrustStatement(sql string, err error) error {
	if c.misfits(sql, err) {
		err = &staleError{err}
	}
	switch this, all := outdated(err); {
	case isStale(err):
		c.statements.dropAll()
		c.tellOthers()
	case all:
		c.statements.dropAll()
	case this:
		c.statements.drop(sql)
	}
	return err
}
