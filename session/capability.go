package session

import (
	"database/sql/driver"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

// Everything that a driver may lack is asked about in this file.

// supports refuses options that the database does not have.
func supports(d *drivers.Description, o *TxOptions) error {
	c := &d.Capabilities
	switch {
	case !c.HasIsolation(o.Isolation):
		return refuse(ErrUnsupported, "%s has no isolation level %q; it has %v",
			d.Driver, o.Isolation, c.Isolation)
	case o.ReadOnly && !c.ReadOnly:
		return refuse(ErrUnsupported, "%s has no read-only transactions", d.Driver)
	case o.Deferrable && !c.Deferrable:
		return refuse(ErrUnsupported, "%s has no deferrable transactions", d.Driver)
	case o.StatementTimeout != 0 && !c.StatementTimeout:
		return refuse(ErrUnsupported, "%s has no statement timeout; use a context", d.Driver)
	case o.LockTimeout != 0 && !c.LockTimeout:
		return refuse(ErrUnsupported, "%s has no lock timeout; use a context", d.Driver)
	case o.Settings != (Settings{}) && !c.Settings:
		return refuse(ErrUnsupported, "%s has no settings of a transaction; asked for %v",
			d.Driver, o.Settings)
	}
	return nil
}

func supportsSavepoints(d *drivers.Description) error {
	if !d.Capabilities.Savepoints {
		return refuse(ErrUnsupported, "%s has no savepoints", d.Driver)
	}
	return nil
}

func supportsLocks(d *drivers.Description) error {
	if !d.Capabilities.Locks.Conn && !d.Capabilities.Locks.Tx {
		return refuse(ErrUnsupported, "%s has no locks with names", d.Driver)
	}
	return nil
}

// locker is the side of a connection that keeps locks; a driver that declares
// Capabilities.Locks has it.
func locker(c drivers.Conn) drivers.Locker { return c.(drivers.Locker) }

// copier is the side of a connection that sends COPY.
func copier(d *drivers.Description, c drivers.Conn) (drivers.Copier, error) {
	if cp, ok := c.(drivers.Copier); ok {
		return cp, nil
	}
	return nil, refuse(ErrUnsupported, "%s has no COPY FROM STDIN", d.Driver)
}

// takesMany reports whether the driver runs a statement for many rows itself.
func takesMany(d *drivers.Description) bool { return d.Capabilities.Bulk }

// examiner is the side of a connection that examines its database.
func examiner(d *drivers.Description, c drivers.Conn) (drivers.Examiner, error) {
	if x, ok := c.(drivers.Examiner); ok {
		return x, nil
	}
	return nil, refuse(ErrUnsupported, "%s does not examine its database", d.Driver)
}

// sharesPool reports whether the pool hands connections to others as well.
func sharesPool(p drivers.Pool) bool {
	s, ok := p.(drivers.Sharer)
	return ok && s.Shared()
}

// commits reports whether a step is a statement that commits before it does its work.
func commits(p drivers.Pool, step *drivers.Step) bool {
	c, ok := p.(drivers.Committer)
	return ok && isStatement(step.Op) && c.Commits(step.SQL)
}

// nests reports whether those get a connection, too, who run inside of all that
// have one.
func nests(p drivers.Pool) bool {
	n, ok := p.(drivers.Nester)
	return ok && n.Nests()
}

// giveUpRows ends rows without reading the rest, if the driver can. On a local
// database closing them reads nothing.
func giveUpRows(d *drivers.Description, r drivers.Rows) bool {
	if a, ok := r.(drivers.Aborter); ok {
		_ = a.Abort() // what it says shows in the connection's state
		return true
	}
	if !d.Capabilities.Remote {
		_ = r.Close()
		return true
	}
	return false
}

// ColumnType is what a database tells of a column's type.
type ColumnType = drivers.ColumnType

// columnType is empty if the driver knows nothing.
func columnType(r drivers.Rows, i int) ColumnType {
	if t, ok := r.(drivers.ColumnTyper); ok {
		return t.ColumnType(i)
	}
	return ColumnType{}
}

// DriverValues stores the current row of a driver's rows in dest, for those who
// got the rows from [Rows.Share]; see [Rows.DriverValues].
func DriverValues(r drivers.Rows, dest []driver.Value) error {
	if v, ok := r.(drivers.ValueReader); ok {
		return v.ReadValues(dest)
	}
	values, err := r.Values()
	if err != nil {
		return err
	}
	for i, v := range values {
		if dest[i] = v; !driver.IsValue(v) {
			return fmt.Errorf("column %q is a %T, which is no driver.Value", r.Columns()[i], v)
		}
	}
	return nil
}
