package drivertest

import (
	"bytes"
	"context"
	"strconv"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
)

// withoutKeys is a database that generates keys and does not tell.
var withoutKeys = fakedriver.Options{Capabilities: func() *drivers.Capabilities {
	c := fakedriver.AllCapabilities()
	c.LastInsertID = false
	return c
}()}

// commitsDDL is a database where DDL commits.
var commitsDDL = fakedriver.Options{FailsAlone: true, Capabilities: func() *drivers.Capabilities {
	c := fakedriver.AllCapabilities()
	c.TransactionalDDL = false
	return c
}()}

func integersAsFloats(arg any) any {
	if i, ok := arg.(int64); ok {
		return int64(float64(i))
	}
	return arg
}

func singlePrecision(arg any) any {
	if f, ok := arg.(float64); ok {
		return float64(float32(f))
	}
	return arg
}

func decimalsAsFloats(arg any) any {
	s, ok := arg.(string)
	if f, err := strconv.ParseFloat(s, 64); ok && err == nil {
		return strconv.FormatFloat(f, 'f', 6, 64)
	}
	return arg
}

func bytesToNUL(arg any) any {
	if b, ok := arg.([]byte); ok {
		before, _, _ := bytes.Cut(b, []byte{0})
		return before
	}
	return arg
}

// backwards gives every statement its arguments in reverse.
func backwards(steps []drivers.Step) []drivers.Step {
	for i := range steps {
		args := make([]any, len(steps[i].Args))
		for j, arg := range steps[i].Args {
			args[len(args)-1-j] = arg
		}
		steps[i].Args = args
	}
	return steps
}

// oldArgs gives a statement that the connection has prepared before its old
// arguments, but for the first one, which is mostly a key.
func oldArgs(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	own := &drivers.Flight{Steps: append([]drivers.Step(nil), f.Steps...)}
	defer func() { copyBack(f, own) }()
	for i, step := range own.Steps {
		old, ok := c.prepared[step.SQL]
		if !ok || len(step.Args) == 0 {
			c.prepared[step.SQL] = step.Args
			continue
		}
		own.Steps[i].Args = append(append([]any{}, step.Args[:1]...), old[1:]...)
	}
	return c.Conn.Run(ctx, own)
}

// keysFromNowhere tells a key for every statement.
func keysFromNowhere(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	for i := range f.Steps {
		f.Steps[i].Result.LastInsertID = 42
	}
	return rows, err
}

// leaks keeps what is given back.
func leaks(*mutantConn) {}

// wrapAround stores what does not fit all the same.
func wrapAround(dest, v any) bool {
	d, ok := dest.(*int8)
	i, isInt := v.(int64)
	if ok && isInt {
		*d = int8(i)
	}
	return ok && isInt
}
