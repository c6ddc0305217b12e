package sqlsplit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"unicode/utf8"
)

// Statement is one statement of a file, or one batch on SQL Server.
type Statement struct {
	// SQL is the text without its delimiter and without the comments around it.
	// It keeps its last semicolon where that is part of the statement, in PL/SQL.
	SQL string
	// Number counts the file's statements from 1.
	Number int
	// Line and Column are where SQL begins in the file, from 1. Columns count
	// characters.
	Line, Column int
	// Leading is the text between the end of the statement before and SQL:
	// comments, mostly. Of a very long one it is the last part.
	Leading string
	// Trailing is the rest of the line behind the delimiter if that is a comment.
	Trailing string
	// Repeat is how often the statement is to run: 1, or the count of a GO.
	Repeat int
	// Data are the rows that follow a COPY … FROM STDIN, as the file has them and
	// without the line that ends them; nil for anything else. It reads from the
	// file and is valid until the scanner goes on. What is not read is skipped.
	Data io.Reader
	// Dialect is by whose rules the statement was found.
	Dialect Dialect
}

// Position is where the statement's character at offset, counted from 0, stands
// in the file. Servers report errors by such an offset.
func (s *Statement) Position(offset int) (line, column int) {
	end := 0
	for ; offset > 0 && end < len(s.SQL); offset-- {
		_, size := utf8.DecodeRuneInString(s.SQL[end:])
		end += size
	}
	return position(s.Line, s.Column, s.SQL[:end])
}

// Checksum identifies the statement's text: SHA-256 in hexadecimal. Line ends,
// a byte order mark and the comments around it make no difference. The rows of a
// COPY are not part of it.
func (s *Statement) Checksum() string {
	sum := sha256.New()
	_, _ = io.WriteString(sum, s.SQL) // hashes cannot fail
	return hex.EncodeToString(sum.Sum(nil))
}

// SyntaxError says where a file cannot be split, and why.
type SyntaxError struct {
	// Line and Column are where the trouble begins, from 1; columns count characters.
	Line, Column int
	// Message says what is wrong, and what would be right.
	Message string
}

// Error is the place and the message.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}
