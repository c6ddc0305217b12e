package session_test

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// reading is a bed with a session on it.
func reading(t *testing.T) (*bed, *session.Session) {
	t.Helper()
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	t.Cleanup(func() { _ = s.Close() })
	return b, s
}

// wantOne reads one row into a T.
func wantOne[T any](t *testing.T, s *session.Session, want T, query string, args ...any) {
	t.Helper()
	got, err := session.One[T](t.Context(), s, query, args...)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %#v, %v, want %#v", query, got, err, want)
	}
}

// wantNotOne expects that a row does not fit into a T.
func wantNotOne[T any](t *testing.T, s *session.Session, query string, say ...string) {
	t.Helper()
	_, err := session.One[T](t.Context(), s, query)
	wantIs(t, err, session.ErrScan)
	wantText(t, fmt.Sprint(err), say...)
	if got := s.State(); got != session.StateActive {
		t.Errorf("%s: the session is %v", query, got)
	}
}

// names has every way to find the column of a field.
type names struct {
	ID, UserID int
	HTTPServer string
	APIKeyV2   string
	X          int
	Plain      string `json:"else"`
	Tagged     string `db:"other"`
	Empty      string `db:""`
	MiXed      string
	Ignored    string `db:"-"`
	unexported string
}

func TestFieldsAreFoundByTagOrInSnakeCase(t *testing.T) {
	_, s := reading(t)
	wantOne(t, s, names{ID: 1, UserID: 2, HTTPServer: "h", APIKeyV2: "k", X: 3, Plain: "p",
		Tagged: "t", Empty: "e", MiXed: "m"},
		"SELECT 1 AS id, 2 AS user_id, 'h' AS http_server, 'k' AS api_key_v2, 3 AS x, 'p' AS plain, "+
			"'t' AS other, 'e' AS empty, 'm' AS mi_xed")
	wantOne(t, s, names{UserID: 2, Tagged: "t"}, `SELECT 2 AS "USER_ID", 't' AS "Other"`) // any letter case
	wantOne(t, s, names{}, "SELECT 0 AS id")
	wantNotOne[names](t, s, "SELECT 1 AS tagged", `column "tagged" has no field in session_test.names`,
		"user_id", "http_server")
	wantNotOne[names](t, s, "SELECT 1 AS ignored", `"ignored"`)
	wantNotOne[names](t, s, "SELECT 1 AS unexported", `"unexported"`)
	_ = names{}.unexported
}

type base struct {
	ID      int
	Created string
}

type Inner struct{ Deep string }

type embedding struct {
	base
	Inner
	ID    int // hides that of base
	Name  string
	Named base  `db:"named"` // a field, not embedded
	Skip  Inner `db:"-"`
}

func TestFieldsOfEmbeddedStructsCountAsInGo(t *testing.T) {
	_, s := reading(t)
	wantOne(t, s, embedding{base: base{Created: "now"}, Inner: Inner{"d"}, ID: 1, Name: "n"},
		"SELECT 1 AS id, 'now' AS created, 'd' AS deep, 'n' AS name")
	wantNotOne[embedding](t, s, "SELECT 1 AS skip", `"skip"`)
}

type twin struct{ ID int }

func TestTwoFieldsForOneColumnAreRefused(t *testing.T) {
	_, s := reading(t)
	type double struct {
		A int `db:"x"`
		B int `db:"X"`
	}
	wantNotOne[double](t, s, "SELECT 1 AS x", "two fields for column")
	type ambiguous struct {
		base
		twin
	}
	wantNotOne[ambiguous](t, s, "SELECT 1 AS id", "two fields for column")
	type hiding struct {
		base
		twin
		ID int // hides both
	}
	wantOne(t, s, hiding{ID: 1}, "SELECT 1 AS id")
	type hidingFirst struct {
		ID int
		base
		twin
	}
	wantOne(t, s, hidingFirst{ID: 1}, "SELECT 1 AS id")
}

func TestScalars(t *testing.T) {
	_, s := reading(t)
	wantOne(t, s, 7, "SELECT 7")
	wantOne(t, s, int8(7), "SELECT 7")
	wantOne(t, s, uint16(7), "SELECT 7")
	wantOne(t, s, 1.5, "SELECT 1.5")
	wantOne(t, s, "seven", "SELECT 'seven'")
	wantOne(t, s, true, "SELECT true")
	wantOne(t, s, []byte("raw"), "SELECT ?", []byte("raw"))
	wantOne[any](t, s, int64(7), "SELECT 7")
	type level string
	wantOne(t, s, level("high"), "SELECT 'high'")
	now := time.Now().Round(0)
	wantOne(t, s, now, "SELECT ?", now)
	wantOne(t, s, sql.NullString{String: "x", Valid: true}, "SELECT 'x'")
	wantOne(t, s, sql.Null[int]{}, "SELECT NULL")
}

// textual is a struct that reads itself from text.
type textual struct{ text string }

func (t *textual) UnmarshalText(b []byte) error { t.text = string(b); return nil }

func TestAStructThatReadsItselfIsAScalar(t *testing.T) {
	_, s := reading(t)
	// The fake does not know such types; what matters is that no field is looked for.
	_, err := session.One[textual](t.Context(), s, "SELECT 'x' AS nothing")
	wantText(t, fmt.Sprint(err), "column nothing", "does not fit session_test.textual")
}

func TestPointersTakeNULL(t *testing.T) {
	_, s := reading(t)
	wantOne[*int](t, s, nil, "SELECT NULL")
	seven := 7
	wantOne(t, s, &seven, "SELECT 7")
	wantOne[any](t, s, nil, "SELECT NULL")
	wantOne[[]byte](t, s, nil, "SELECT NULL")
	type optional struct {
		A, B *string
	}
	word := "word"
	wantOne(t, s, optional{A: &word}, "SELECT 'word' AS a, NULL AS b")
	wantNotOne[int](t, s, "SELECT NULL AS n", "column n", "NULL")
	wantNotOne[names](t, s, "SELECT NULL AS user_id", "column user_id")
}

func TestPointersOfOneRowAreNotThoseOfTheNext(t *testing.T) {
	b, s := reading(t)
	b.exec(s, 1)
	b.exec(s, 2)
	got, err := session.Collect[*int](t.Context(), s, ids)
	wantIs(t, err, nil)
	if len(got) != 2 || *got[0] != 1 || *got[1] != 2 {
		t.Errorf("read %v", got)
	}
}

func TestWhatAFieldHasFromOneRowIsNotLeftForTheNext(t *testing.T) {
	_, s := reading(t)
	_, err := s.Exec(t.Context(), "INSERT INTO t (id, name) VALUES (1, 'x'), (2, NULL)")
	wantIs(t, err, nil)
	type row struct {
		ID   int
		Name *string
	}
	got, err := session.Collect[row](t.Context(), s, "SELECT id, name FROM t ORDER BY id")
	wantIs(t, err, nil)
	if len(got) != 2 || got[0].Name == nil || got[1].Name != nil {
		t.Errorf("read %+v", got)
	}
}

func TestMaps(t *testing.T) {
	_, s := reading(t)
	wantOne(t, s, map[string]any{"id": int64(1), "Name": "x", "nothing": nil},
		`SELECT 1 AS id, 'x' AS "Name", NULL AS nothing`)
	wantNotOne[map[string]any](t, s, `SELECT 1 AS a, 2 AS "A"`, `two columns are called "A"`, "AS")
}

func TestColumnsThatDoNotFitAreNamed(t *testing.T) {
	_, s := reading(t)
	wantNotOne[int](t, s, "SELECT 1 AS a, 2 AS b", "2 columns (a, b) do not fit into one int")
	wantNotOne[names](t, s, "SELECT 1 AS id, 2 AS id", `two columns are called "id"`)
	_, err := session.Collect[int](t.Context(), s, "SELECT 1 AS a, 2 AS b")
	wantIs(t, err, session.ErrScan)
	wantNotOne[int8](t, s, "SELECT 300 AS big", "column big", "300")
	wantNotOne[uint](t, s, "SELECT -1 AS neg", "column neg")
	wantNotOne[int](t, s, "SELECT 'x' AS word", "column word")
	wantNotOne[map[string]int](t, s, "SELECT 1 AS a, 2 AS b", "map[string]int")
}

func TestRowsByHand(t *testing.T) {
	b, s := reading(t)
	b.exec(s, 1)
	rows := must(s.Query(t.Context(), "SELECT id, name FROM t"))
	if got := rows.Columns(); !reflect.DeepEqual(got, []string{"id", "name"}) {
		t.Errorf("the columns are %v", got)
	}
	if !rows.Next() {
		t.Fatal("no row")
	}
	var id int
	wantIs(t, rows.Scan(&id), session.ErrScan) // wrong number
	var name string
	wantIs(t, rows.Scan(&id, &name), session.ErrScan) // NULL
	var some *string
	wantIs(t, rows.Scan(&id, &some), nil) // once more
	if id != 1 || some != nil {
		t.Errorf("read %v, %v", id, some)
	}
	values, err := rows.Values()
	if err != nil || !reflect.DeepEqual(values, []any{int64(1), nil}) {
		t.Errorf("the values are %v, %v", values, err)
	}
	for range 2 {
		if rows.Next() {
			t.Error("there is another row")
		}
	}
	wantIs(t, rows.Err(), nil)
	wantIs(t, rows.Scan(&id, &some), session.ErrClosed)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestReadingEndsWithItsContext(t *testing.T) {
	b, s := reading(t)
	b.exec(s, 1)
	b.exec(s, 2)
	ctx, cancel := context.WithCancel(t.Context())
	rows := must(s.Query(ctx, ids))
	if !rows.Next() {
		t.Fatal("no row")
	}
	cancel()
	if rows.Next() {
		t.Error("reading goes on")
	}
	wantIs(t, rows.Err(), context.Canceled)
	wantIs(t, rows.Close(), context.Canceled)
	wantText(t, rows.Err().Error(), "read rows", ids)
	wantState(t, s, session.StateFailed)
	if n := b.Stats().Cancelled; n != 1 {
		t.Errorf("%d are counted as cancelled", n)
	}
}
