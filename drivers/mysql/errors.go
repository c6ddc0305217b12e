package mysql

import (
	"context"
	"errors"
	"net"
	"strconv"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

// The numbers the driver itself looks at.
const (
	numDeadlock    = 1213
	numLockTimeout = 1205
	numInterrupted = 1317
	numTooLarge    = 1153
)

// ends reports whether the server closes the connection after an error.
func ends(number uint16) bool {
	return number == numTooLarge || kindOfNumber(number) == drivers.KindConnLost
}

func kindOfNumber(number uint16) drivers.Kind { return dialect.MySQLKind(int(number)) }

// rollsBack reports whether an error may have rolled everything back, and not
// the statement alone: a deadlock always, a lock timeout with
// innodb_rollback_on_timeout, others for want of room.
func rollsBack(err error) bool {
	switch kindOf(err) {
	case drivers.KindDeadlock, drivers.KindLockTimeout, drivers.KindSerialization, drivers.KindResource:
		return true
	}
	return false
}

func kindOf(err error) drivers.Kind { return kindOfNumber(numberOf(err)) }

func classify(err error) drivers.Fault {
	var server *gomysql.MySQLError
	switch {
	case err == nil:
		return drivers.Fault{}
	case errors.As(err, &server):
		number := int(server.Number)
		f := drivers.Fault{Kind: dialect.MySQLKind(number), Code: strconv.Itoa(number),
			Message: server.Message}
		return dialect.MySQLNames(f, number)
	}
	f := drivers.Fault{Kind: kindOfOther(err)}
	if f.Kind != drivers.KindUnknown {
		f.Message = err.Error()
	}
	return f
}

// kindOfOther looks at errors that are not the server's. A context's error is a
// net.Error too, so the order counts.
func kindOfOther(err error) drivers.Kind {
	var (
		network net.Error
		arg     *stdvalue.ArgumentError
	)
	_, cancelled := errors.AsType[*cancelError](err)
	switch {
	case cancelled:
		return drivers.KindCancelled
	case isLost(err), isLoss(err), errors.Is(err, connpool.ErrConnectTimeout),
		errors.Is(err, connpool.ErrClosed):
		return drivers.KindConnLost
	case errors.As(err, &arg), errors.Is(err, gomysql.ErrPktTooLarge):
		return drivers.KindData
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return drivers.KindCancelled
	case errors.As(err, &network):
		return drivers.KindConnLost
	}
	return drivers.KindUnknown
}
