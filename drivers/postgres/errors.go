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
)

// kindByCode has the SQLSTATEs that mean something of their own, kindByClass
// what the first two characters mean otherwise. See
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
var (
	kindByCode = map[string]drivers.Kind{
		"08P01": drivers.KindSyntax, // bind and statement do not fit each other
		"22025": drivers.KindSyntax,
		"23001": drivers.KindForeignKey, // restrict_violation
		"23502": drivers.KindNotNull,
		"23503": drivers.KindForeignKey,
		"23505": drivers.KindUnique,
		"23514": drivers.KindCheck,
		"23P01": drivers.KindUnique, // exclusion_violation
		"25006": drivers.KindReadOnly,
		"25P02": drivers.KindTxAborted,
		"25P03": drivers.KindConnLost, // idle_in_transaction_session_timeout
		"25P04": drivers.KindConnLost, // transaction_timeout
		"40001": drivers.KindSerialization,
		"40P01": drivers.KindDeadlock,
		"42501": drivers.KindPermission,
		"55P03": drivers.KindLockTimeout,
		"57014": drivers.KindCancelled,
		"57P01": drivers.KindConnLost,
		"57P02": drivers.KindConnLost,
		"57P03": drivers.KindConnLost,
		"57P04": drivers.KindConnLost, // database_dropped
		"57P05": drivers.KindConnLost, // idle_session_timeout
	}
	kindByClass = map[string]drivers.Kind{
		"08": drivers.KindConnLost,
		"22": drivers.KindData,
		"26": drivers.KindSyntax,
		"28": drivers.KindPermission,
		"3D": drivers.KindSyntax, // invalid catalog name
		"3F": drivers.KindSyntax, // invalid schema name
		"40": drivers.KindSerialization,
		"42": drivers.KindSyntax,
		"53": drivers.KindResource,
		"54": drivers.KindResource,
	}
)

func classify(err error) drivers.Fault {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		kind := kindOf(server)
		if limit := (*limitError)(nil); errors.As(err, &limit) {
			kind = drivers.KindStatementTimeout
		}
		return drivers.Fault{Kind: kind, Code: server.Code, Message: server.Message,
			Constraint: server.ConstraintName, Table: server.TableName, Column: server.ColumnName}
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
	if kind, ok := kindByCode[e.Code]; ok {
		return kind
	}
	if len(e.Code) == 5 {
		return kindByClass[e.Code[:2]]
	}
	return drivers.KindUnknown
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

// distrustStatement forgets what an error says is no longer true.
func (c *conn) distrustStatement(sql string, err error) {
	switch this, all := outdated(err); {
	case all:
		c.statements.dropAll()
	case this:
		c.statements.drop(sql)
	}
}
