package fakedriver

import (
	"bytes"
	"cmp"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// functions are those that statements may call.
var functions = map[string]func(e *env, args []expr) (any, error){
	// slow(n) takes n milliseconds and is 1.
	"slow": func(e *env, args []expr) (any, error) {
		if len(args) != 1 {
			return nil, Errorf(drivers.KindSyntax, "slow takes one argument")
		}
		n, err := args[0](e)
		if err != nil {
			return nil, err
		}
		ms, _ := n.(int64)
		return int64(1), e.run.wait(time.Duration(ms) * time.Millisecond)
	},
	// setting(name) is the transaction's setting of that name, or "".
	"setting": func(e *env, args []expr) (any, error) {
		if len(args) != 1 || e.run.tx == nil {
			return nil, Errorf(drivers.KindSyntax, "setting takes one argument, in a transaction")
		}
		name, err := args[0](e)
		if err != nil {
			return nil, err
		}
		value, _ := e.run.tx.opts.Settings.Get(fmt.Sprint(name))
		return value, nil
	},
	// fail() goes wrong.
	"fail": func(*env, []expr) (any, error) {
		return nil, Errorf(drivers.KindData, "division by zero")
	},
}

// binary compiles an operator. NULL makes every result NULL.
func binary(op string, left, right expr) expr {
	return func(e *env) (any, error) {
		a, err := left(e)
		if err != nil {
			return nil, err
		}
		b, err := right(e)
		if err != nil || a == nil || b == nil {
			return nil, err
		}
		return apply(op, a, b)
	}
}

func apply(op string, a, b any) (any, error) {
	switch op {
	case "and":
		return a == true && b == true, nil
	case "or":
		return a == true || b == true, nil
	case "+", "-", "*", "/":
		return arithmetic(op, a, b)
	}
	c, err := compare(a, b)
	switch op {
	case "=":
		return c == 0, err
	case "<>":
		return c != 0, err
	case "<":
		return c < 0, err
	case "<=":
		return c <= 0, err
	case ">":
		return c > 0, err
	}
	return c >= 0, err
}

func arithmetic(op string, a, b any) (any, error) {
	x, ok1 := a.(int64)
	y, ok2 := b.(int64)
	if !ok1 || !ok2 {
		return nil, Errorf(drivers.KindSyntax, "%s takes integers, not %T and %T", op, a, b)
	}
	return calculate(op, x, y)
}

func calculate(op string, x, y int64) (any, error) {
	switch op {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	}
	if y == 0 {
		return nil, Errorf(drivers.KindData, "division by zero")
	}
	return x / y, nil
}

// compare orders two values of the same type; NULL comes first.
func compare(a, b any) (int, error) {
	switch x := a.(type) {
	case nil:
		return order(b != nil, false), nil
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y), nil
		}
	case float64:
		if y, ok := b.(float64); ok {
			return cmp.Compare(x, y), nil
		}
	case string:
		return cmp.Compare(x, fmt.Sprint(b)), nil
	case []byte:
		if y, ok := b.([]byte); ok {
			return bytes.Compare(x, y), nil
		}
	case bool:
		return order(b == true, x), nil
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y), nil
		}
	}
	if b == nil {
		return 1, nil
	}
	return 0, Errorf(drivers.KindSyntax, "cannot compare %T and %T", a, b)
}

// order compares two truths; right comes first as in b > a.
func order(right, left bool) int {
	switch {
	case right == left:
		return 0
	case right:
		return -1
	}
	return 1
}
