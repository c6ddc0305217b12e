package postgres

import (
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlscope/sqlscope/drivers"
)

// maxArgs is the protocol's limit: the count travels in 16 bits.
const maxArgs = 65535

// encodeStatement either encodes the statement's run or, when its description
// is missing, asks for that.
func (c *conn) encodeStatement(s *segment, step *drivers.Step) error {
	if n := countArgs(step); n > maxArgs {
		return &argumentError{fmt.Errorf("%d arguments, the limit is %d", n, maxArgs)}
	}
	st, direct := c.lookUp(step)
	switch {
	case direct:
		st = nil
	case st == nil:
		s.describe = c.newStatement(step.SQL)
		return c.encodeDescribe(s.describe)
	}
	mark := len(c.out.buf)
	err := c.encodeRun(step, st)
	if err != nil && c.doubts(st, step) {
		c.out.buf = c.out.buf[:mark]
		s.describe = c.describedAnew(st)
		return c.encodeDescribe(s.describe)
	}
	s.end++
	s.query = st
	return err
}

// lookUp finds the statement's description. direct means that it runs without
// one: unnamed, with everything as text.
func (c *conn) lookUp(step *drivers.Step) (st *statement, direct bool) {
	if c.pool.mode == pgx.QueryExecModeExec {
		return nil, true
	}
	if st = c.takeDescribed(step.SQL); st != nil {
		return st, false
	}
	if st = c.statements.get(step.SQL); st != nil {
		return st, false
	}
	once := c.pool.mode == pgx.QueryExecModeDescribeExec || c.statements.firstTime(step.SQL)
	return nil, countArgs(step) == 0 && once
}

// countArgs is how many arguments a run of the step takes.
func countArgs(step *drivers.Step) int {
	if step.Op == drivers.OpExecMany && len(step.Many) > 0 {
		return len(step.Many[0])
	}
	return len(step.Args)
}

// takeDescribed is the statement that the previous segment described for this
// step alone, in the mode that caches nothing.
func (c *conn) takeDescribed(sql string) *statement {
	st := c.described
	c.described = nil
	if st != nil && st.sql == sql {
		return st
	}
	return nil
}

func (c *conn) newStatement(sql string) *statement {
	st := &statement{sql: sql, flight: c.flights}
	if c.pool.mode == pgx.QueryExecModeCacheStatement {
		st.name = statementName(sql)
	}
	return st
}

// encodeDescribe closes the name first, in case the server knows it from
// before: that is no error when it does not.
func (c *conn) encodeDescribe(st *statement) error {
	if st.name != "" {
		if err := c.out.deallocate(st.name); err != nil {
			return err
		}
	}
	if err := c.out.parse(st.name, st.sql, nil); err != nil {
		return err
	}
	return c.out.describeStatement(st.name)
}

func (c *conn) encodeRun(step *drivers.Step, st *statement) error {
	unnamed, describe := true, step.Op == drivers.OpQuery
	var oids []uint32
	if st != nil {
		oids = st.params.ParamOIDs
		unnamed = c.pool.mode == pgx.QueryExecModeCacheDescribe
		// A FETCH may have had no columns when it was described.
		describe = describe && (unnamed || len(st.fields) == 0)
	}
	if unnamed {
		if err := c.out.parse("", step.SQL, oids); err != nil {
			return err
		}
	}
	if step.Op == drivers.OpExecMany {
		return c.encodeMany(step, st)
	}
	return c.encodeOne(step.Args, st, describe)
}

// encodeMany encodes the run of each row; the statement is parsed once.
func (c *conn) encodeMany(step *drivers.Step, st *statement) error {
	for i, args := range step.Many {
		if err := c.encodeOne(args, st, false); err != nil {
			return &argumentError{fmt.Errorf("row %d of these: %w", i+1, err)}
		}
	}
	return nil
}

func (c *conn) encodeOne(args []any, st *statement, describe bool) error {
	if err := c.buildArgs(args, st); err != nil {
		return err
	}
	m := pgproto3.Bind{ParameterFormatCodes: c.args.ParamFormats, Parameters: c.args.ParamValues}
	if st != nil {
		m.PreparedStatement, m.ResultFormatCodes = st.name, st.formats
	}
	if err := c.out.bind(&m); err != nil {
		return err
	}
	if describe {
		if err := c.out.describePortal(); err != nil {
			return err
		}
	}
	return c.out.execute()
}

func (c *conn) buildArgs(args []any, st *statement) error {
	var err error
	switch {
	case st == nil:
		err = c.args.Build(c.types, nil, args)
	case len(st.params.ParamOIDs) != len(args):
		err = fmt.Errorf("%d arguments for %d parameters", len(args), len(st.params.ParamOIDs))
	default:
		err = c.args.Build(c.types, &st.params, args)
	}
	if err != nil {
		return &argumentError{err}
	}
	return nil
}
