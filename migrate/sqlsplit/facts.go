package sqlsplit

import (
	"iter"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/drivers/lexer"
)

// Control is what a statement does to the transaction that it runs in.
type Control uint8

// The kinds of transaction control.
const (
	// NoControl: it leaves the transaction alone.
	NoControl Control = iota
	// Begins a transaction: BEGIN, START TRANSACTION.
	Begins
	// Commits it: COMMIT, END, PREPARE TRANSACTION, SET autocommit = 1.
	Commits
	// RollsBack all of it: ROLLBACK, ABORT.
	RollsBack
)

// Tokens are the statement's tokens, white space and comments left out. What
// MySQL runs of a comment is included, /*! and */ are not. Their offsets are in SQL.
func (s *Statement) Tokens() iter.Seq[lexer.Token] {
	return func(yield func(lexer.Token) bool) {
		tokens(s.SQL, 0, len(s.SQL), s.Dialect, yield)
	}
}

func tokens(sql string, i, end int, d Dialect, yield func(lexer.Token) bool) bool {
	lex := d.Lexical()
	for i < end {
		t := lexer.Next(sql[:end], i, lex)
		i = t.End
		if t.Kind == lexer.BlockComment && d == MySQL {
			if from, ok := executedFrom(t.Text(sql)); ok && !tokens(sql, t.Start+from, t.End-2, d, yield) {
				return false
			}
		}
		if !t.Blank() && !yield(t) {
			return false
		}
	}
	return true
}

// executedFrom is where the SQL begins in a comment that MySQL or MariaDB runs. Version
// 999999 is a word to their clients.
func executedFrom(comment string) (int, bool) {
	for _, mark := range []string{"/*!", "/*M!"} {
		if rest, ok := strings.CutPrefix(comment, mark); ok && !strings.HasPrefix(rest, "999999") {
			return len(comment) - len(strings.TrimLeft(rest, "0123456789")), true
		}
	}
	return 0, false
}

// Words are the first n words of the statement in upper case, quoted names and
// literals left out.
func (s *Statement) Words(n int) []string {
	var words []string
	for t := range s.Tokens() {
		if len(words) == n {
			break
		}
		if t.Kind == lexer.Word {
			words = append(words, strings.ToUpper(t.Text(s.SQL)))
		}
	}
	return words
}

// Control says whether the statement begins or ends a transaction. Savepoints do
// neither. On SQL Server it looks at the first statement of the batch.
func (s *Statement) Control() Control {
	w := append(s.Words(3), "", "", "")
	switch w[0] {
	case "BEGIN":
		return s.begins(w[1])
	case "START":
		if w[1] == "TRANSACTION" {
			return Begins
		}
	case "COMMIT":
		return Commits
	case "END":
		if s.Dialect == Postgres || s.Dialect == SQLite {
			return Commits
		}
	case "PREPARE":
		if s.Dialect == Postgres && w[1] == "TRANSACTION" {
			return Commits
		}
	case "ABORT":
		return RollsBack
	case "ROLLBACK":
		if w[1] != "TO" && w[2] != "TO" {
			return RollsBack
		}
	case "SET":
		return s.autocommit(w)
	}
	return NoControl
}

func (s *Statement) begins(second string) Control {
	switch {
	case s.Dialect == Oracle, second == "TRY", second == "NOT": // a block
		return NoControl
	case s.Dialect == SQLServer && !slices.Contains([]string{"TRAN", "TRANSACTION"}, second):
		return NoControl
	}
	return Begins
}

// autocommit: SET autocommit = 1 commits in MySQL.
func (s *Statement) autocommit(w []string) Control {
	if s.Dialect == MySQL && slices.Contains(w, "AUTOCOMMIT") {
		return Commits
	}
	return NoControl
}

// OutsideTransaction reports whether the database refuses the statement inside a
// transaction, such as CREATE INDEX CONCURRENTLY in Postgres. Where DDL commits by
// itself, as in MySQL and Oracle, nothing is refused and the answer is false.
func (s *Statement) OutsideTransaction() bool {
	words := s.Words(12)
	return slices.ContainsFunc(outside[s.Dialect], func(rule []string) bool {
		return matches(words, rule)
	})
}

// outside are the beginnings of statements that cannot run in a transaction; a
// star stands for any number of words.
var outside = map[Dialect][][]string{
	Postgres: {
		{"CREATE", "INDEX", "CONCURRENTLY"}, {"CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"},
		{"DROP", "INDEX", "CONCURRENTLY"}, {"REINDEX", "*", "CONCURRENTLY"},
		{"REINDEX", "DATABASE"}, {"REINDEX", "SYSTEM"}, {"REINDEX", "SCHEMA"},
		{"ALTER", "TABLE", "*", "DETACH", "PARTITION", "*", "CONCURRENTLY"}, {"VACUUM"},
		{"CREATE", "DATABASE"}, {"DROP", "DATABASE"}, {"ALTER", "DATABASE", "*", "SET", "TABLESPACE"},
		{"CREATE", "TABLESPACE"}, {"DROP", "TABLESPACE"}, {"ALTER", "SYSTEM"},
		{"CREATE", "SUBSCRIPTION"}, {"DROP", "SUBSCRIPTION"}, {"CLUSTER"},
	},
	SQLite: {{"VACUUM"}, {"ATTACH"}, {"DETACH"}},
	SQLServer: {
		{"CREATE", "DATABASE"}, {"ALTER", "DATABASE"}, {"DROP", "DATABASE"}, {"BACKUP"}, {"RESTORE"},
		{"RECONFIGURE"}, {"CREATE", "FULLTEXT"}, {"ALTER", "FULLTEXT"}, {"DROP", "FULLTEXT"},
	},
}

// matches reports whether words begin with rule.
func matches(words, rule []string) bool {
	for i, r := range rule {
		if r == "*" {
			return slices.ContainsFunc(tails(words[min(i, len(words)):]), func(tail []string) bool {
				return matches(tail, rule[i+1:])
			})
		}
		if i >= len(words) || words[i] != r {
			return false
		}
	}
	return true
}

func tails(words []string) [][]string {
	all := make([][]string, 0, len(words))
	for i := range words {
		all = append(all, words[i:])
	}
	return all
}

// ConcurrentIndex returns what a CREATE INDEX CONCURRENTLY of Postgres builds: the
// names of the index and of its table as they are written, quotes and schema
// included. The index is "" if the server is to choose its name.
func (s *Statement) ConcurrentIndex() (index, table string, ok bool) {
	p := s.opening(32)
	if s.Dialect != Postgres || !p.concurrently() {
		return "", "", false
	}
	if !p.word("ON") {
		index = p.name()
		if !p.word("ON") {
			return "", "", false
		}
	}
	p.word("ONLY")
	return index, p.name(), true
}

// concurrently passes over the beginning of a CREATE INDEX CONCURRENTLY.
func (p *phrase) concurrently() bool {
	create := p.word("CREATE")
	p.word("UNIQUE")
	return create && p.word("INDEX") && p.word("CONCURRENTLY") &&
		(!p.word("IF") || p.word("NOT") && p.word("EXISTS"))
}

// opening is a phrase of the statement's first tokens.
func (s *Statement) opening(n int) *phrase {
	p := &phrase{s: s}
	for t := range s.Tokens() {
		if p.tokens = append(p.tokens, t); len(p.tokens) > n {
			break
		}
	}
	return p
}

// phrase reads tokens from the left.
type phrase struct {
	s      *Statement
	tokens []lexer.Token
}

// word passes over a keyword, if it is the next token.
func (p *phrase) word(w string) bool {
	if len(p.tokens) == 0 || !strings.EqualFold(p.tokens[0].Text(p.s.SQL), w) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

// name passes over a name with its qualifiers.
func (p *phrase) name() string {
	var name strings.Builder
	for dot := true; dot && len(p.tokens) > 0; {
		name.WriteString(p.tokens[0].Text(p.s.SQL))
		p.tokens = p.tokens[1:]
		if dot = p.word("."); dot {
			name.WriteByte('.')
		}
	}
	return name.String()
}
