package postgres

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers"
)

// The types of a statement's parameters are those of the columns that they were
// compared with, or assigned to, when it was prepared. They stay as they were when
// a column gets another type, and the server says nothing of it: it converts the
// argument from the old type to the new one, in its plan, for ever. See
// https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/cache/plancache.c
// So the first to notice is an argument that the old type has no room for, or
// no word, and it is refused on our side; or the server, if it has no conversion.

// doubts reports whether an argument of the step may have been refused because its
// type is no longer what it was. A description that this flight has asked for is
// not doubted: an argument that does not fit then is the caller's mistake. Such a
// caller pays one round trip more for each call, and no other: a flight ends with
// the first argument that is refused for good.
func (c *conn) doubts(st *statement, step *drivers.Step) bool {
	return st != nil && st.flight != c.flights && len(st.params.ParamOIDs) == countArgs(step)
}

// describedAnew is the statement that takes the place of st.
func (c *conn) describedAnew(st *statement) *statement {
	c.statements.drop(st.sql)
	anew := c.newStatement(st.sql)
	anew.doubted = st.params.ParamOIDs
	return anew
}

// compare makes all statements be forgotten, on all connections, when a type has
// turned out to be another: others may be wrong without an argument to tell.
func (c *conn) compare(st *statement) {
	if st.doubted != nil && !slices.Equal(st.doubted, st.params.ParamOIDs) {
		c.statements.dropAll()
		c.tellOthers()
	}
	st.doubted = nil
}

// misfits reports whether the server has refused to bind a statement of an earlier
// flight for the types in it: it took them when they were prepared.
func (c *conn) misfits(sql string, err error) bool {
	st := c.statements.byText[sql]
	if st == nil || st.flight == c.flights || c.bound {
		return false
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == "42804" || e.Code == "42883" // datatype_mismatch, undefined_function
}
