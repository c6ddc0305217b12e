package postgres

import (
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlscope/sqlscope/drivers"
)

// maxArgs is the protocol's limit: the count travels in 16 bits.
const maxArgs = 65535

// segment is the part of a flight that one round trip carries, with one Sync
// at its end. A new one begins
//   - after a statement that the connection does not know yet: the segment ends
//     with its description, which is needed to encode the arguments; and
//   - around a statement outside a transaction, because the server takes
//     everything up to the Sync as one transaction and would undo what it had
//     confirmed.
type segment struct {
	first, end int        // steps first to end-1 run in this segment
	describe   *statement // step end is described in this segment and runs in the next
	query      *statement // of the last step, if that is OpQuery and known
	commits    bool
	alone      bool // a statement outside a transaction
}

// sent is how many steps of the flight have bytes in this or earlier segments.
func (s *segment) sent() int {
	if s.describe != nil {
		return s.end + 1
	}
	return s.end
}

// encode puts the next segment of f into c.out.
func (c *conn) encode(f *drivers.Flight) (segment, error) {
	s := segment{first: f.Done, end: f.Done}
	inTx := c.pg.TxStatus() != 'I'
	if !inTx && f.Steps[f.Done].Op == drivers.OpRollback {
		s.end++
		c.out.buf = c.out.buf[:0] // there is nothing to say to the server
		return s, nil
	}
	if err := c.startRequest(); err != nil {
		return s, err
	}
	for s.end < len(f.Steps) && s.describe == nil && !s.alone {
		step := &f.Steps[s.end]
		isStatement := step.Op == drivers.OpExec || step.Op == drivers.OpQuery
		if isStatement && !inTx && s.end > s.first {
			break
		}
		if err := c.encodeStep(&s, step); err != nil {
			return s, err
		}
		s.alone = isStatement && !inTx
		inTx = afterStep(inTx, step.Op)
	}
	c.statements.evicted = c.statements.evicted[:0]
	return s, c.out.sync()
}

// startRequest begins a request with what the cache evicted since the last.
func (c *conn) startRequest() error {
	c.out.reset()
	for _, name := range c.statements.evicted {
		if err := c.out.deallocate(name); err != nil {
			return err
		}
	}
	return nil
}

func afterStep(inTx bool, op drivers.Op) bool {
	switch op {
	case drivers.OpBegin:
		return true
	case drivers.OpCommit, drivers.OpRollback:
		return false
	}
	return inTx
}

func (c *conn) encodeStep(s *segment, step *drivers.Step) error {
	switch step.Op {
	case drivers.OpExec, drivers.OpQuery:
		return c.encodeStatement(s, step)
	case drivers.OpBegin:
		s.end++
		return c.encodeBegin(step)
	case drivers.OpCommit:
		s.commits = true
	}
	s.end++
	return c.out.command(controlSQL(step))
}

func (c *conn) encodeBegin(step *drivers.Step) error {
	for _, sql := range c.begin.of(step.Tx) {
		if err := c.out.command(sql); err != nil {
			return err
		}
	}
	return nil
}

// encodeStatement either encodes the statement's run or, when its description
// is missing, asks for that.
func (c *conn) encodeStatement(s *segment, step *drivers.Step) error {
	if len(step.Args) > maxArgs {
		return &argumentError{fmt.Errorf("%d arguments, the limit is %d", len(step.Args), maxArgs)}
	}
	st, direct := c.lookUp(step)
	switch {
	case direct:
		st = nil
	case st == nil:
		s.describe = c.newStatement(step.SQL)
		return c.encodeDescribe(s.describe)
	}
	s.end++
	s.query = st
	return c.encodeRun(step, st)
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
	return nil, len(step.Args) == 0 && once
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
	st := &statement{sql: sql}
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
	m := pgproto3.Bind{}
	unnamed, describe := true, step.Op == drivers.OpQuery
	var oids []uint32
	if st != nil {
		m.PreparedStatement, m.ResultFormatCodes = st.name, st.formats
		oids = st.params.ParamOIDs
		unnamed = c.pool.mode == pgx.QueryExecModeCacheDescribe
		// A FETCH may have had no columns when it was described.
		describe = describe && (unnamed || len(st.fields) == 0)
	}
	if err := c.buildArgs(step, st); err != nil {
		return err
	}
	m.ParameterFormatCodes, m.Parameters = c.args.ParamFormats, c.args.ParamValues
	if unnamed {
		if err := c.out.parse("", step.SQL, oids); err != nil {
			return err
		}
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

func (c *conn) buildArgs(step *drivers.Step, st *statement) error {
	var err error
	switch {
	case st == nil:
		err = c.args.Build(c.types, nil, step.Args)
	case len(st.params.ParamOIDs) != len(step.Args):
		err = fmt.Errorf("%d arguments for %d parameters", len(step.Args), len(st.params.ParamOIDs))
	default:
		err = c.args.Build(c.types, &st.params, step.Args)
	}
	if err != nil {
		return &argumentError{err}
	}
	return nil
}
