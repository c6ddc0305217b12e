package lexer_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/lexer"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

var (
	standard = &drivers.Lexical{}
	postgres = &drivers.Lexical{DollarQuotes: true, EscapeStrings: true, NestedComments: true}
	mysql    = &drivers.Lexical{BackslashEscapes: true, Backticks: true, HashComments: true, DashSpace: true}
	brackets = &drivers.Lexical{Brackets: true}
	oracle   = &drivers.Lexical{ChosenQuotes: true}
)

func TestTheFirstTokenOfATextEndsWhereTheDatabaseSays(t *testing.T) {
	for _, c := range []struct {
		lex  *drivers.Lexical
		text string
		kind lexer.Kind
		end  int
		open bool
	}{
		{standard, "  \n\ta", lexer.Space, 4, false},
		{standard, "-- a\nb", lexer.LineComment, 4, false},
		{standard, "-- a", lexer.LineComment, 4, false},
		{standard, "--1", lexer.LineComment, 3, false},
		{mysql, "--1", lexer.Punct, 1, false},
		{mysql, "--", lexer.LineComment, 2, false},
		{mysql, "# a\nb", lexer.LineComment, 3, false},
		{standard, "#a", lexer.Punct, 1, false},
		{standard, "/* /* */ */", lexer.BlockComment, 8, false},
		{postgres, "/* /* */ */", lexer.BlockComment, 11, false},
		{postgres, "/* /* */", lexer.BlockComment, 8, true},
		{standard, "'a''b'c", lexer.String, 6, false},
		{standard, `'a\'b'`, lexer.String, 4, false},
		{mysql, `'a\'b'c`, lexer.String, 6, false},
		{mysql, `"a"b`, lexer.String, 3, false},
		{standard, `"a""b"c`, lexer.Name, 6, false},
		{standard, "'a", lexer.String, 2, true},
		{mysql, `'a\`, lexer.String, 3, true},
		{postgres, `E'a''b\'c'd`, lexer.String, 10, false},
		{standard, `E'a'`, lexer.Word, 1, false},
		{postgres, "THE'a'", lexer.Word, 3, false},
		{postgres, "$a$ $$ $a$b", lexer.Dollar, 10, false},
		{postgres, "$a$ $$", lexer.Dollar, 6, true},
		{postgres, "$a", lexer.Punct, 1, true},
		{postgres, "$a b$", lexer.Punct, 1, false},
		{postgres, "$1", lexer.Punct, 1, false},
		{standard, "$$a$$", lexer.Punct, 1, false},
		{standard, "a$b c", lexer.Word, 3, false},
		{standard, "ünï ", lexer.Word, 5, false},
		{standard, "12ab$", lexer.Number, 4, false},
		{mysql, "`a``b`c", lexer.Name, 6, false},
		{standard, "`a`", lexer.Punct, 1, false},
		{brackets, "[a]]b]c", lexer.Name, 6, false},
		{standard, "[a]", lexer.Punct, 1, false},
		{oracle, "q'[a'b]'c", lexer.String, 8, false},
		{oracle, "nq'!a!'", lexer.String, 7, false},
		{oracle, "q'", lexer.String, 2, true},
		{oracle, "q'[a", lexer.String, 4, true},
		{standard, "q'[a'", lexer.Word, 1, false},
	} {
		got := lexer.Next(c.text, 0, c.lex)
		if got.Kind != c.kind || got.End != c.end || got.Open != c.open {
			t.Errorf("%q: %+v, want kind %d to %d, open %t", c.text, got, c.kind, c.end, c.open)
		}
	}
}

func TestLexingAllocatesNothing(t *testing.T) {
	text := "select 'a', $x$ b $x$, E'\\n' from \"t\" -- c\n where a[1] = $1 /* d */"
	if n := testing.AllocsPerRun(100, func() {
		for i := 0; i < len(text); {
			i = lexer.Next(text, i, postgres).End
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
