package postgres

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// readDescription reads the answer to Parse and Describe.
func (c *conn) readDescription(st *statement) error {
	for {
		m, err := c.receive()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.ParameterDescription:
			st.params.ParamOIDs = append([]uint32(nil), m.ParameterOIDs...)
			continue
		case *pgproto3.RowDescription:
			st.describeRows(c.types, m)
		case *pgproto3.NoData:
		case *pgproto3.ErrorResponse:
			return pgconn.ErrorResponseToPgError(m)
		default:
			continue
		}
		c.remember(st)
		return nil
	}
}

func (c *conn) remember(st *statement) {
	c.compare(st)
	if c.pool.mode == pgx.QueryExecModeDescribeExec {
		c.described = st
		return
	}
	c.statements.put(st)
}
