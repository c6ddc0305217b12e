package placeholder

import (
	"slices"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

var (
	dollar = &drivers.Lexical{Placeholder: drivers.Dollar, DollarQuotes: true,
		EscapeStrings: true, NestedComments: true}
	question = &drivers.Lexical{Backticks: true, Brackets: true}
	mysql    = &drivers.Lexical{Backticks: true, BackslashEscapes: true, HashComments: true}
)

func TestPositionalFindsOnlyRealPlaceholders(t *testing.T) {
	for _, c := range []struct {
		name     string
		lex      *drivers.Lexical
		in, want string
		args     int
	}{
		{"one", dollar, "select ?", "select $1", 1},
		{"two", dollar, "select ?, ?", "select $1, $2", 2},
		{"none", dollar, "select 1", "select 1", 0},
		{"literal", dollar, "select '?', ?", "select '?', $1", 1},
		{"doubled quote", dollar, "select 'it''s ?', ?", "select 'it''s ?', $1", 1},
		{"escape string", dollar, `select E'\'?', ?`, `select E'\'?', $1`, 1},
		{"word before a literal", dollar, `select name'\', ?`, `select name'\', $1`, 1},
		{"plain literal ends in a backslash", dollar, `select '\', ?`, `select '\', $1`, 1},
		{"quoted name", dollar, `select "a?" from t where b = ?`, `select "a?" from t where b = $1`, 1},
		{"dollar quote", dollar, "select $$ ? $$, ?", "select $$ ? $$, $1", 1},
		{"tagged dollar quote", dollar, "do $x$ ? $$ ? $x$ ?", "do $x$ ? $$ ? $x$ $1", 1},
		{"dollar in a name", dollar, "select a$b, ?, c$d", "select a$b, $1, c$d", 1},
		{"line comment", dollar, "select 1 -- ?\n, ?", "select 1 -- ?\n, $1", 1},
		{"nested comment", dollar, "/* /* ? */ ? */ ?", "/* /* ? */ ? */ $1", 1},
		{"operator", dollar, "select a ?? ?", "select a ? $1", 1},
		{"other operators", dollar, "select a ??| ?, b ??& ?", "select a ?| $1, b ?& $2", 2},
		{"native numbers", dollar, "select $2, $1, a ? 'b'", "select $2, $1, a ? 'b'", 2},
		{"cast", dollar, "select ?::int", "select $1::int", 1},
		{"unclosed literal", dollar, "select '?", "select '?", 0},
		{"unclosed comment", dollar, "select /* ?", "select /* ?", 0},
		{"umlauts", dollar, "select 'ä?', ä, ?", "select 'ä?', ä, $1", 1},
		{"no nested comment", question, "/* /* ? */ ? */", "/* /* ? */ ? */", 1},
		{"backticks", question, "select `?`, ?", "select `?`, ?", 1},
		{"brackets", question, "select [?], ?", "select [?], ?", 1},
		{"brackets are arrays elsewhere", dollar, "select a[?]", "select a[$1]", 1},
		{"native question numbers", question, "select ?2, ?1", "select ?2, ?1", 2},
		{"dollar is nothing special", question, "select $$ ? $$", "select $$ ? $$", 1},
		{"backslash", mysql, `select '\'?', ?`, `select '\'?', ?`, 1},
		{"hash comment", mysql, "select 1 # ?\n, ?", "select 1 # ?\n, ?", 1},
		{"minus", mysql, "select 1-?", "select 1-?", 1},
		{"colon means nothing", dollar, "select :a, ?", "select :a, $1", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Positional(c.in, c.lex)
			if got.SQL != c.want || got.Args != c.args {
				t.Errorf("Positional(%q) = %q, %d arguments; want %q, %d",
					c.in, got.SQL, got.Args, c.want, c.args)
			}
		})
	}
}

func TestNamedKeepsCastsAndRepeats(t *testing.T) {
	for _, c := range []struct {
		lex      *drivers.Lexical
		in, want string
		names    string
	}{
		{dollar, "select :a, :b, :a", "select $1, $2, $1", "a b"},
		{question, "select :a, :b, :a", "select ?, ?, ?", "a b a"},
		{dollar, "select :a::int, ':b', x ? 'k', y ?? 'k'", "select $1::int, ':b', x ? 'k', y ? 'k'", "a"},
		{dollar, "select a[1:2], :größe", "select a[1:2], $1", "größe"},
		{mysql, "set @a := :v", "set @a := ?", "v"},
	} {
		got := Named(c.in, c.lex)
		if got.SQL != c.want || strings.Join(got.Names, " ") != c.names || got.Args != len(got.Names) {
			t.Errorf("Named(%q) = %q %v", c.in, got.SQL, got.Names)
		}
	}
}

// FuzzPositional checks what holds for every text: nothing but placeholders
// changes, and rewriting what has been rewritten changes nothing.
func FuzzPositional(f *testing.F) {
	for _, s := range []string{"select ?", "select '?' /* ? */ -- ?\n ?", "$a$ ? $a$ ??", `E'\'' ?`,
		"[?] `?` \"?\" ?1 $1", "select a ?? ?::int", "/*/**/?*/?", "$", "'", "?????"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		for _, lex := range []*drivers.Lexical{dollar, question, mysql} {
			got := Positional(sql, lex)
			if again := Positional(got.SQL, lex); lex == dollar && got.Args > 0 && again.SQL != got.SQL {
				t.Fatalf("%q became %q, then %q", sql, got.SQL, again.SQL)
			}
			if lex != dollar && got.SQL != sql {
				t.Fatalf("a database with ? got %q for %q", got.SQL, sql)
			}
			named := Named(sql, lex)
			if lex != dollar && len(named.Names) != named.Args {
				t.Fatalf("%q: %d names, %d arguments", sql, len(named.Names), named.Args)
			}
			if !slices.Equal(named.Names, Named(sql, lex).Names) {
				t.Fatalf("%q: names differ from run to run", sql)
			}
		}
	})
}
