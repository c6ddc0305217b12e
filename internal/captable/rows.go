// Package captable keeps the table of README.md that says what each driver can
// do. Its cells are made from the drivers' own Capabilities, which the
// conformance suite holds them to; a cell that says something else fails a test.
package captable

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
)

// row is a line of the table. It stands for fields of [drivers.Capabilities].
type row struct {
	label  string
	fields []string
	cell   func(c *drivers.Capabilities) string
}

func has(label, field string, get func(c *drivers.Capabilities) bool) row {
	return row{label, []string{field}, func(c *drivers.Capabilities) string { return yes(get(c)) }}
}

func yes(ok bool) string {
	if ok {
		return "yes"
	}
	return "–"
}

var rows = []row{
	has("savepoints", "Savepoints", func(c *drivers.Capabilities) bool { return c.Savepoints }),
	has("DDL that rolls back", "TransactionalDDL", func(c *drivers.Capabilities) bool { return c.TransactionalDDL }),
	has("`INSERT … RETURNING`", "Returning", func(c *drivers.Capabilities) bool { return c.Returning }),
	has("`LastInsertID`", "LastInsertID", func(c *drivers.Capabilities) bool { return c.LastInsertID }),
	{"isolation levels", []string{"Isolation"}, isolation},
	has("read-only transactions", "ReadOnly", func(c *drivers.Capabilities) bool { return c.ReadOnly }),
	has("deferrable transactions", "Deferrable", func(c *drivers.Capabilities) bool { return c.Deferrable }),
	has("statement timeout", "StatementTimeout", func(c *drivers.Capabilities) bool { return c.StatementTimeout }),
	has("lock timeout", "LockTimeout", func(c *drivers.Capabilities) bool { return c.LockTimeout }),
	has("settings of a transaction", "Settings", func(c *drivers.Capabilities) bool { return c.Settings }),
	has("several statements a trip", "Pipelining", func(c *drivers.Capabilities) bool { return c.Pipelining }),
	has("`ExecMany` in bulk", "Bulk", func(c *drivers.Capabilities) bool { return c.Bulk }),
	{"writers at a time", []string{"SingleWriter"}, writers},
	has("over a network", "Remote", func(c *drivers.Capabilities) bool { return c.Remote }),
	has("rows as the server makes them", "Streaming", func(c *drivers.Capabilities) bool { return c.Streaming }),
	{"locks with names", []string{"Locks"}, locks},
	{"arguments of a statement", []string{"MaxArgs"}, maxArgs},
}

// isolation lists the levels by their initials.
func isolation(c *drivers.Capabilities) string {
	var short []string
	for _, level := range c.Isolation {
		initials := ""
		for word := range strings.FieldsSeq(level.String()) {
			initials += strings.ToUpper(word[:1])
		}
		short = append(short, initials)
	}
	slices.Sort(short)
	return strings.Join(short, " ")
}

func writers(c *drivers.Capabilities) string {
	if c.SingleWriter {
		return "one"
	}
	return "any"
}

func locks(c *drivers.Capabilities) string {
	var of []string
	if c.Locks.Conn {
		of = append(of, "connection")
	}
	if c.Locks.Tx {
		of = append(of, "transaction")
	}
	if of == nil {
		return yes(false)
	}
	return strings.Join(of, ", ")
}

func maxArgs(c *drivers.Capabilities) string {
	if c.MaxArgs == 0 {
		return "any"
	}
	return fmt.Sprint(c.MaxArgs)
}
