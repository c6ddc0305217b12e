package sqlite

import "strings"

// scanner cuts SQL text into the few tokens that tell statements apart. It never
// fails: what is not closed ends with the text.
type scanner struct {
	text  string
	at    int
	depth int // of parentheses
}

// next returns the next word in upper case or the next other character; "" at
// the end. What is quoted comes as its opening quote; comments do not come.
func (s *scanner) next() string {
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		switch c := rest[0]; {
		case strings.IndexByte(" \t\r\n\f", c) >= 0:
			s.at++
		case strings.HasPrefix(rest, "--"):
			s.skip("\n", 2)
		case strings.HasPrefix(rest, "/*"):
			s.skip("*/", 2)
		case c == '\'' || c == '"' || c == '`':
			s.skip(string(c), 1)
			return string(c)
		case c == '[':
			s.skip("]", 1)
			return "["
		case wordByte(c):
			return s.word()
		default:
			s.at++
			s.depth += strings.Count(string(c), "(") - strings.Count(string(c), ")")
			return string(c)
		}
	}
	return ""
}

// skip goes behind the end of what begins here with n bytes.
func (s *scanner) skip(end string, n int) {
	s.at += n
	if i := strings.Index(s.text[s.at:], end); i >= 0 {
		s.at += i + len(end)
		return
	}
	s.at = len(s.text)
}

func (s *scanner) word() string {
	from := s.at
	for s.at < len(s.text) && wordByte(s.text[s.at]) {
		s.at++
	}
	return strings.ToUpper(s.text[from:s.at])
}

func wordByte(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func firstWord(sql string) string {
	s := scanner{text: sql}
	return s.next()
}

// isInsert reports whether a statement inserts rows itself, behind a WITH too.
func isInsert(sql string) bool {
	s := scanner{text: sql}
	for word := s.next(); word != ""; word = s.next() {
		if s.depth > 0 {
			continue
		}
		switch word {
		case "INSERT", "REPLACE":
			return true
		case "WITH":
			continue
		case "SELECT", "UPDATE", "DELETE", "VALUES", "CREATE", "EXPLAIN":
			return false
		}
	}
	return false
}

// onlyStatement returns the text up to its first semicolon and whether nothing
// but comments follows.
func onlyStatement(sql string) (string, bool) {
	s := scanner{text: sql}
	for token := s.next(); token != ";"; token = s.next() {
		if token == "" {
			return sql, false
		}
	}
	return sql[:s.at-1], s.nothingFollows()
}

// nothingFollows tells whether only comments and semicolons are left.
func (s *scanner) nothingFollows() bool {
	token := s.next()
	for token == ";" {
		token = s.next()
	}
	return token == ""
}
