package scopedsql

import (
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/sqlscope/sqlscope/session"
)

// values are the arguments as a session takes them. Without any the text is sent
// as it is: a ? in it can only be an operator.
func values(args []driver.NamedValue) ([]any, error) {
	if len(args) == 0 {
		return verbatim, nil
	}
	if args[0].Name != "" {
		return named(args)
	}
	out := make([]any, len(args))
	for i := range args {
		if err := plain(&args[i]); err != nil {
			return nil, err
		}
		out[i] = args[i].Value
	}
	return out, nil
}

var verbatim = []any{session.Verbatim(nil)}

func plain(arg *driver.NamedValue) error {
	if arg.Name != "" {
		return fmt.Errorf("%w: argument %d is named %q and the first is not: name all of them or none",
			session.ErrArguments, arg.Ordinal, arg.Name)
	}
	if _, out := arg.Value.(sql.Out); out {
		return fmt.Errorf("%w: argument %d is a sql.Out, and there are no output parameters; "+
			"select what is to be returned", session.ErrArguments, arg.Ordinal)
	}
	return nil
}

func named(args []driver.NamedValue) ([]any, error) {
	by := make(session.Named, len(args))
	for i := range args {
		if args[i].Name == "" {
			return nil, fmt.Errorf("%w: argument %d has no name and the first has: name all of them or none",
				session.ErrArguments, args[i].Ordinal)
		}
		by[args[i].Name] = args[i].Value
	}
	return []any{by}, nil
}
