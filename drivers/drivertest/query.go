package drivertest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/session"
)

var queryCases = []Case{
	{
		Name: "Rows come in the order and the columns that were asked for",
		Rule: "Columns are named and placed as the statement says, rows as ORDER BY says.",
		Run:  orderAndColumns,
	},
	{
		Name: "Values gives what Scan gives",
		Rule: "Rows.Values returns the current row, one value a column.",
		Run:  valuesLikeScan,
	},
	{
		Name: "A query without rows is not an error",
		Rule: "Collect of nothing is empty; One of nothing is ErrNoRows, of more ErrManyRows.",
		Run:  noRows,
	},
	{
		Name: "A struct is filled by the names of the columns",
		Rule: "Collect fills exported fields by db tag or snake case, in any order of columns.",
		Run:  structByName,
	},
	{
		Name: "Exec tells how many rows it touched",
		Rule: "RowsAffected counts rows inserted, matched by an UPDATE (changed or not) or deleted.",
		Run:  rowsAffected,
	},
	{
		Name:  "LastInsertID is the key that was generated",
		Rule:  "With Capabilities.LastInsertID, Exec of an INSERT tells the generated key.",
		Needs: lastInsertID,
		Run:   lastInsertIDs,
	},
	{
		Name:  "LastInsertID is zero where it was not promised",
		Rule:  "Without Capabilities.LastInsertID nothing that looks like a key is returned.",
		Needs: not(lastInsertID),
		Run:   noLastInsertID,
	},
	{
		Name:  "INSERT RETURNING returns the row",
		Rule:  "With Capabilities.Returning, INSERT … RETURNING is a query.",
		Needs: returning,
		Run:   insertReturning,
	},
	{
		Name: "Another statement is refused while rows are open",
		Rule: "Open rows keep the connection busy: another statement and Commit get " +
			"ErrRowsOpen, and the rows go on.",
		Run: rowsOpen,
	},
	{
		Name: "Rows closed early leave the session usable",
		Rule: "Closing rows before their end discards the rest and costs nothing else.",
		Run:  closedEarly,
	},
	{
		Name: "Each closes its rows when the loop breaks",
		Rule: "Leaving the loop over Each closes the rows.",
		Run:  eachBreaks,
	},
	{
		Name: "A large result arrives whole",
		Rule: "No row is lost or repeated, however many there are.",
		Run:  largeResult,
	},
	{
		Name: "An error in the middle of the rows fails the transaction",
		Rule: "Rows that a run-time error ends return it, and the transaction has failed as if " +
			"the statement had.",
		Run: failsMidway,
	},
	{
		Name: "Each statement runs once",
		Rule: "A statement is executed exactly once.",
		Run:  runsOnce,
	},
}

func orderAndColumns(t *T) {
	table := t.Items()
	t.Fill(table, 2, 3, 1)
	rows, err := t.Session().Query(t.Context(), "SELECT name, id, n FROM "+table+" ORDER BY id DESC")
	t.NoErr("SELECT", err)
	defer rows.Close()
	Equal(t, "columns", strings.ToLower(strings.Join(rows.Columns(), " ")), "name id n")
	var got []string
	for rows.Next() {
		var id, n int64
		var name string
		t.NoErr("Scan", rows.Scan(&name, &id, &n))
		got = append(got, fmt.Sprint(name, ",", id, ",", n))
	}
	t.NoErr("rows", rows.Err())
	Equal(t, "rows", strings.Join(got, "; "), "item 3,3,30; item 2,2,20; item 1,1,10")
}

func valuesLikeScan(t *T) {
	table := t.Items()
	t.Fill(table, 7)
	rows, err := t.Session().Query(t.Context(), "SELECT id, name FROM "+table)
	t.NoErr("SELECT", err)
	defer rows.Close()
	Equal(t, "Next", rows.Next(), true)
	values, err := rows.Values()
	t.NoErr("Values", err)
	Equal(t, "number of values", len(values), 2)
	Equal(t, "the id", fmt.Sprint(values[0]), "7")
	name := values[1]
	if b, ok := name.([]byte); ok {
		name = string(b)
	}
	Equal(t, "the name", name, any("item 7"))
	Equal(t, "Next at the end", rows.Next(), false)
	t.NoErr("Close", rows.Close())
}

func noRows(t *T) {
	table := t.Items()
	s := t.Session()
	Equal(t, "rows of an empty table", len(t.IDs(s, table)), 0)
	_, err := session.One[int64](t.Context(), s, "SELECT id FROM "+table)
	t.ErrIs("One of nothing", err, session.ErrNoRows)
	t.Insert(s, table, 1)
	t.Insert(s, table, 2)
	_, err = session.One[int64](t.Context(), s, "SELECT id FROM "+table)
	t.ErrIs("One of two", err, session.ErrManyRows)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2)
}

func structByName(t *T) {
	table := t.Items()
	t.Fill(table, 4)
	type item struct {
		ID    int64
		Label string `db:"name"`
		N     int
	}
	got, err := session.One[item](t.Context(), t.Session(), "SELECT name, n, id FROM "+table)
	t.NoErr("One", err)
	Equal(t, "the struct", got, item{ID: 4, Label: "item 4", N: 40})
}

func rowsAffected(t *T) {
	table := t.Items()
	s := t.Session()
	for _, step := range []struct {
		sql  string
		want int64
	}{
		{"INSERT INTO " + table + " (id, n) VALUES (1, 1), (2, 1), (3, 5)", 3},
		{"UPDATE " + table + " SET n = 1 WHERE n = 1", 2},
		{"UPDATE " + table + " SET n = 2 WHERE id = 99", 0},
		{"DELETE FROM " + table + " WHERE n = 1", 2},
	} {
		result, err := s.Exec(t.Context(), step.sql)
		t.NoErr(step.sql, err)
		Equal(t, step.sql, result.RowsAffected, step.want)
	}
}

func lastInsertIDs(t *T) {
	if t.Spell.AutoKey == "" {
		t.Skip("the harness has no Spelling.AutoKey")
	}
	table := t.Table("auto", "id "+t.Spell.AutoKey, "n "+t.Spell.Integer)
	s := t.Session()
	for n := range 3 {
		result, err := s.Exec(t.Context(), "INSERT INTO "+table+" (n) VALUES (?)", n)
		t.NoErr("INSERT", err)
		id, err := session.One[int64](t.Context(), s, "SELECT id FROM "+table+" WHERE n = ?", n)
		t.NoErr("SELECT", err)
		Equal(t, "LastInsertID", result.LastInsertID, id)
	}
}

func noLastInsertID(t *T) {
	table := t.Items()
	result, err := t.Session().Exec(t.Context(), "INSERT INTO "+table+" (id) VALUES (7)")
	t.NoErr("INSERT", err)
	Equal(t, "LastInsertID", result.LastInsertID, 0)
}

func insertReturning(t *T) {
	table := t.Items()
	s := t.Session()
	id, err := session.One[int64](t.Context(), s,
		"INSERT INTO "+table+" (id, n) VALUES (?, ?) RETURNING id", 5, 50)
	t.NoErr("INSERT", err)
	Equal(t, "the id returned", id, 5)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 5)
}

func rowsOpen(t *T) {
	table := t.Items()
	t.Fill(table, 1, 2)
	s := t.Session()
	rows, err := s.Query(t.Context(), "SELECT id FROM "+table+" ORDER BY id")
	t.NoErr("SELECT", err)
	Equal(t, "Next", rows.Next(), true)
	t.ErrIs("an INSERT meanwhile", t.TryInsert(s, table, 3), session.ErrRowsOpen)
	t.ErrIs("Commit meanwhile", s.Commit(t.Context()), session.ErrRowsOpen)
	var id int64
	t.NoErr("Scan", rows.Scan(&id))
	Equal(t, "the first id", id, 1)
	Equal(t, "Next", rows.Next(), true)
	t.NoErr("Scan", rows.Scan(&id))
	Equal(t, "the second id", id, 2)
	t.NoErr("Close", rows.Close())
	t.Insert(s, table, 3)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2, 3)
}

func closedEarly(t *T) {
	table := t.Items()
	t.Fill(table, 1, 2, 3)
	s := t.Session()
	for range 3 {
		rows, err := s.Query(t.Context(), "SELECT id FROM "+table)
		t.NoErr("SELECT", err)
		Equal(t, "Next", rows.Next(), true)
		t.NoErr("Close", rows.Close())
		t.NoErr("Close again", rows.Close())
		Equal(t, "Next after Close", rows.Next(), false)
	}
	t.Insert(s, table, 4)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2, 3, 4)
}

func eachBreaks(t *T) {
	table := t.Items()
	t.Fill(table, 1, 2, 3)
	s := t.Session()
	var seen []int64
	for id, err := range session.Each[int64](t.Context(), s, "SELECT id FROM "+table+" ORDER BY id") {
		t.NoErr("Each", err)
		if seen = append(seen, id); len(seen) == 2 {
			break
		}
	}
	Equal(t, "rows seen", slices.Equal(seen, []int64{1, 2}), true)
	t.Insert(s, table, 4)
}

func largeResult(t *T) {
	table := t.Items()
	t.FillMany(table, 200)
	var count, sum int64
	for id, err := range session.Each[int64](t.Context(), t.Session(), t.Product(table)) {
		t.NoErr("Each", err)
		count++
		sum += id
	}
	Equal(t, "rows", count, 200*200)
	Equal(t, "the sum of their ids", sum, 200*(200*201/2))
}

// FillMany commits rows with the ids from 1 to n, in few statements.
func (t *T) FillMany(table string, n int) {
	t.Helper()
	ids := make([]int, n)
	for i := range ids {
		ids[i] = i + 1
	}
	s := t.Session()
	for chunk := range slices.Chunk(ids, 100) {
		var values []string
		for _, id := range chunk {
			values = append(values, fmt.Sprintf("(%d, %d)", id, id))
		}
		sql := "INSERT INTO " + table + " (id, n) VALUES " + strings.Join(values, ", ")
		t.NoErr("Queue", s.Queue(sql))
	}
	t.NoErr("Commit", s.Commit(t.Context()))
}

// Product selects every id as often as the table has rows.
func (t *T) Product(table string) string {
	return "SELECT a.id FROM " + table + " a, " + table + " b"
}

func failsMidway(t *T) {
	if t.Spell.Fails == nil {
		t.Skip("the harness has no Spelling.Fails")
	}
	table := t.Items()
	t.FillMany(table, 200)
	s := t.Session()
	_, err := s.Exec(t.Context(), "UPDATE "+table+" SET n = 0 WHERE id = 199")
	t.NoErr("UPDATE", err)
	read := 0
	for _, err = range session.Each[int64](t.Context(), s,
		"SELECT "+t.Spell.Fails("n")+" FROM "+table) {
		if err == nil {
			read++
		}
	}
	var e *session.Error
	Equal(t, "the last error is a *session.Error", errors.As(err, &e), true)
	Equal(t, "the row that went wrong was read", read > 199, false)
	t.StateIs(s, session.StateFailed)
	t.ErrIs("the next statement", t.TryInsert(s, table, 0), session.ErrTxFailed)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	Equal(t, "n", t.N(s, table, 199), 199)
}

func runsOnce(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	for range 3 {
		_, err := s.Exec(t.Context(), "UPDATE "+table+" SET n = n + 1 WHERE id = 1")
		t.NoErr("UPDATE", err)
	}
	t.NoErr("Commit", s.Commit(t.Context()))
	Equal(t, "10 and three times one", t.N(t.Session(), table, 1), 13)
}
