package sqlsplit

import (
	"cmp"
	"strings"

	"github.com/sqlscope/sqlscope/drivers/lexer"
)

// command deals with what is meant for a database's own client. It reports
// whether t was the beginning of such a command.
func (s *Scanner) command(t lexer.Token) (bool, error) {
	word := t.Text(s.win.text)
	switch {
	case s.dialect == MySQL && t.Kind == lexer.Word && strings.EqualFold(word, "delimiter"):
		return s.newDelimiter(t)
	case s.dialect == MySQL && !s.st.begun && strings.EqualFold(word, "source"):
		return true, s.refuse(t, "mysql")
	case (s.dialect == Postgres || s.dialect == MySQL) && word == `\`:
		return s.backslash(t)
	case s.dialect == SQLite && !s.st.begun && word == ".":
		return true, s.refuse(t, "sqlite3")
	case s.dialect == SQLServer && word == ":" && s.firstOnLine(t.Start):
		return true, s.refuse(t, "sqlcmd")
	case s.dialect == Oracle && !s.st.begun:
		return s.sqlplus(t)
	}
	return false, nil
}

func (s *Scanner) refuse(t lexer.Token, client string) error {
	line, _, err := s.rest(t.Start)
	if err != nil {
		return err
	}
	return s.errorf(t.Start, "%q is a command of the client %s, not SQL; write what it does as SQL",
		abridge(line), client)
}

// abridge shortens a line to what a message can bear.
func abridge(line string) string {
	if fields := strings.Fields(line); len(fields) > 3 {
		return strings.Join(fields[:3], " ") + " …"
	}
	return strings.TrimSpace(line)
}

// newDelimiter follows a DELIMITER of the mysql client. Within a statement it is
// a name, unless the delimiter chosen before it is missing.
func (s *Scanner) newDelimiter(t lexer.Token) (bool, error) {
	line, end, err := s.rest(t.End)
	if err != nil {
		return true, err
	}
	chosen := strings.Fields(line)
	switch {
	case !s.st.begun && len(chosen) == 0:
		return true, s.errorf(t.Start, "DELIMITER needs a delimiter, as in DELIMITER //")
	case !s.st.begun:
		s.delim = cmp.Or(strings.Trim(chosen[0], `'"`+"`"), chosen[0])
		s.skip(end)
		return true, nil
	case s.delim == ";" || !s.firstOnLine(t.Start):
		return false, nil
	}
	return true, s.errorf(s.st.first, "the statement that begins here is not ended by %s, which the last "+
		"DELIMITER chose", s.delim)
}

// harmless are commands of psql that change nothing in the database.
var harmless = map[string]bool{`\restrict`: true, `\unrestrict`: true, `\echo`: true, `\qecho`: true,
	`\warn`: true, `\timing`: true, `\pset`: true, `\x`: true, `\a`: true, `\t`: true, `\encoding`: true}

// backslash passes over the commands of psql that change nothing and refuses the
// others by name.
func (s *Scanner) backslash(t lexer.Token) (bool, error) {
	line, end, err := s.rest(t.Start)
	if err != nil {
		return true, err
	}
	if s.dialect == MySQL {
		return true, s.refuse(t, "mysql")
	}
	if s.st.begun || !isHarmless(line) {
		return true, s.refuse(t, "psql")
	}
	s.skip(end)
	return true, nil
}

func isHarmless(line string) bool {
	name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	return harmless[name] || name == `\set` && strings.HasPrefix(strings.TrimSpace(rest), "ON_ERROR_STOP")
}

// sqlplus refuses what SQL*Plus understands and the server does not.
func (s *Scanner) sqlplus(t lexer.Token) (bool, error) {
	switch strings.ToUpper(t.Text(s.win.text)) {
	case "@", "PROMPT", "SPOOL", "WHENEVER", "DEFINE", "UNDEFINE", "ACCEPT", "PAUSE", "START", "HOST":
		return true, s.refuse(t, "SQL*Plus")
	}
	return false, nil
}
