package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// retyped is a table whose column n gets other types.
type retyped struct {
	*changing
	insert string
}

func newRetyped(t *testing.T, oldType string) *retyped {
	t.Helper()
	rt := &retyped{changing: newChanging(t)}
	rt.insert = "insert into " + rt.name + " (id, n) values ($1, $2)"
	rt.ddl("alter table " + rt.name + " add n " + oldType)
	return rt
}

func (rt *retyped) ddl(sql string) {
	rt.Helper()
	_, err := connect(rt).Exec(rt.Context(), sql)
	must(rt, err)
}

// becomes changes the type on another connection.
func (rt *retyped) becomes(newType string) {
	rt.Helper()
	rt.ddl(fmt.Sprintf("alter table %s alter n type %s using n::%[2]s", rt.name, newType))
}

// holds checks what is stored with the id, as text.
func (rt *retyped) holds(c drivers.Conn, id int, want string) {
	rt.Helper()
	_, values := mustRun(rt, c, query("select n::text from "+rt.name+" where id = $1", id))
	if fmt.Sprint(values) != "["+want+"]" {
		rt.Errorf("stored is %v, want %s", values, want)
	}
}

const large = 5_000_000_000

func TestAnArgumentThatFitsSinceItsColumnWasWidenedIsTaken(t *testing.T) {
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec"} {
		t.Run(mode, func(t *testing.T) {
			rt := newRetyped(t, "int")
			c := acquire(t, open(t, with(t, dsn(t), "default_query_exec_mode", mode)))
			update, find := "update "+rt.name+" set n = $1 where id = 1", "select id from "+rt.name+" where n = $1"
			many := drivers.Step{Op: drivers.OpExecMany, SQL: rt.insert, Many: [][]any{{4, 4}, {5, large}}}
			rt.warm(c, exec(rt.insert, 2, 2), exec(update, 1), exec(find, 1))
			rt.becomes("bigint")
			mustRun(t, c, begin(), exec(rt.insert, 2, 2), exec(rt.insert, 3, large), commit())
			mustRun(t, c, begin(), many, exec(update, large), commit())
			for id, want := range []string{1: "5000000000", "2", "5000000000", "4", "5000000000"} {
				if id > 0 {
					rt.holds(c, id, want)
				}
			}
			if _, values := mustRun(t, c, query(find, large)); len(values) != 3 {
				t.Errorf("found %v", values)
			}
		})
	}
}

func TestAStatementThatWasPreparedForAnotherTypeIsPreparedAgain(t *testing.T) {
	for _, x := range []struct {
		old, new string
		before   any
		after    any
		want     string
	}{
		{"varchar(20)", "int", "1", 7, "7"},   // no word for 7 in varchar
		{"varchar(20)", "int", "1", "7", "7"}, // no conversion on the server
		{"text", "uuid", "00000000-0000-0000-0000-000000000001",
			"00000000-0000-0000-0000-000000000002", "00000000-0000-0000-0000-000000000002"},
		{"text", "jsonb", `{"a": 1}`, `{"a": 2}`, `{"a": 2}`},
		{"int", "boolean", 1, true, "true"},
		{"int", "bigint", 1, 2, "2"}, // converted by the server
		{"json", "jsonb", `{"a": 1}`, `{"a": 2}`, `{"a": 2}`},
	} {
		t.Run(fmt.Sprintf("%s to %s, %T", x.old, x.new, x.after), func(t *testing.T) {
			rt := newRetyped(t, x.old)
			p := open(t, dsn(t))
			c, nested := acquire(t, p), acquire(t, p)
			rt.warm(c, exec(rt.insert, 2, x.before))
			rt.warm(nested, exec(rt.insert, 2, x.before))
			rt.becomes(x.new)
			mustRun(t, nested, begin(), exec("select 1"))
			mustRun(t, nested, savepoint(drivers.OpSavepoint, "sp_1"), exec(rt.insert, 3, x.after), commit())
			mustRun(t, c, begin(), exec(rt.insert, 2, x.after), commit())
			rt.holds(c, 2, x.want)
			rt.holds(c, 3, x.want)
		})
	}
}

// None of what was encoded before the row that does not fit is sent.
func TestRowsOfWhichOneDoesNotFitAreSentOnce(t *testing.T) {
	for _, mode := range []string{"cache_statement", "cache_describe"} {
		t.Run(mode, func(t *testing.T) {
			rt := newRetyped(t, "int")
			c := acquire(t, open(t, with(t, dsn(t), "default_query_exec_mode", mode)))
			many := drivers.Step{Op: drivers.OpExecMany, SQL: rt.insert, Many: [][]any{{4, 4}, {5, large}}}
			rt.warm(c, exec(rt.insert, 2, 2))
			rt.becomes("bigint")
			f, _ := mustRun(t, c, begin(), exec(rt.insert, 3, 3), many, commit())
			if n := f.Steps[2].Result.RowsAffected; n != 2 {
				t.Errorf("%d rows", n)
			}
			rt.holds(c, 4, "4")
			rt.holds(c, 5, "5000000000")
		})
	}
}

// What a statement raises by itself, while it runs or while it is planned, says
// nothing of a change, whatever its code.
func TestATypeErrorThatAStatementRaisesIsItsOwn(t *testing.T) {
	p := open(t, dsn(t))
	c, name := acquire(t, p), table(t)
	for _, kind := range []string{"volatile", "immutable"} {
		f := name + "_" + kind
		_, err := connect(t).Exec(t.Context(), "create or replace function "+f+"(n int) returns int language plpgsql "+
			kind+" as $$ begin if n > 0 then raise 'mine' using errcode = '42804'; end if; return n; end $$")
		must(t, err)
		defer func() { _, _ = connect(t).Exec(t.Context(), "drop function "+f) }()
		run1 := query("select "+f+"(1) + $1::int", 1)
		if kind == "volatile" {
			run1 = query("select "+f+"($1::int)", 1)
			mustRun(t, c, query(run1.SQL, 0))
		}
		for range 3 {
			_, _, err := run(c, begin(), run1)
			if kind := p.Classify(err).Kind; kind != drivers.KindSyntax {
				t.Errorf("an error of kind %v: %v", kind, err)
			}
			mustRun(t, c, rollback())
		}
	}
}

func TestATypeThatChangesInTheMiddleOfATransactionFailsItRetryably(t *testing.T) {
	rt := newRetyped(t, "varchar(20)")
	p := open(t, dsn(t))
	c, find := acquire(t, p), "select id from "+rt.name+" where n = $1"
	for _, step := range []drivers.Step{exec(rt.insert, 2, "1"), query(find, "1")} {
		rt.warm(c, exec(rt.insert, 2, "1"), exec(find, "1"))
		mustRun(t, c, begin(), exec("select 1"))
		rt.becomes("int")
		rt.refused(p, c, step)
		rt.becomes("varchar(20)")
	}
	rt.warm(c, exec(rt.insert, 2, "1"))
	mustRun(t, c, begin(), exec("select 1"))
	rt.becomes("int")
	mustRun(t, c, exec(rt.insert, 2, 7), commit()) // refused on our side: nothing has failed
	rt.holds(c, 2, "7")
}

func TestAnArgumentThatDoesNotFitTakesOneRoundTripToFindThatOut(t *testing.T) {
	rt := newRetyped(t, "int")
	proxy, dsn := proxied(t)
	p := open(t, dsn)
	c := acquire(t, p)
	rt.warm(c, exec(rt.insert, 2, 2))
	trips := func(what string, want int64, run func()) {
		t.Helper()
		before := proxy.RoundTrips()
		run()
		if n := proxy.RoundTrips() - before; n != want {
			t.Errorf("%s: %d round trips, want %d", what, n, want)
		}
	}
	wrong := func(fits int, steps ...drivers.Step) {
		t.Helper()
		f, _, err := run(c, steps...)
		if kind := p.Classify(err).Kind; kind != drivers.KindData || f.Done != fits {
			t.Errorf("done %d, an error of kind %v: %v", f.Done, kind, err)
		}
	}
	insert := exec(rt.insert, 2, large)
	for range 3 {
		trips("alone", 1, func() { wrong(0, insert) })
		trips("of no type", 1, func() { wrong(0, exec(rt.insert, 2, struct{}{})) })
		trips("with begin", 1, func() { wrong(2, begin(), exec(rt.insert, 3, 3), insert, insert) })
		mustRun(t, c, rollback())
		trips("too few", 0, func() { wrong(0, begin(), exec(rt.insert, 2)) })
	}
	rt.becomes("bigint")
	for _, want := range []int64{2, 1} {
		trips("after the change", want, func() { mustRun(t, c, begin(), insert) })
		mustRun(t, c, rollback())
	}
}

// A type that the server converts from goes unnoticed until a statement fails, or
// reads the column: the value is then what the old type made of it.
func TestWhatOneStatementFindsOutOfTypesTheOthersNeedNot(t *testing.T) {
	at := time.Date(2024, 2, 29, 12, 30, 0, 0, time.UTC)
	for _, first := range []string{"an argument", "a column that is read"} {
		t.Run(first, func(t *testing.T) {
			rt := newRetyped(t, "date")
			rt.ddl("alter table " + rt.name + " add small int")
			p := open(t, dsn(t))
			one, other := acquire(t, p), acquire(t, p)
			set, read := "update "+rt.name+" set small = $1", "select n from "+rt.name+" where id = $1"
			rt.warm(one, exec(set, 1), exec(read, 1))
			rt.warm(other, exec(rt.insert, 2, at))
			rt.becomes("timestamp")
			rt.ddl("alter table " + rt.name + " alter small type bigint")
			step := exec(set, large)
			if first != "an argument" {
				step = exec(read, 1)
			}
			mustRun(t, one, step)
			mustRun(t, other, exec(rt.insert, 2, at))
			rt.holds(other, 2, "2024-02-29 12:30:00")
		})
	}
}
