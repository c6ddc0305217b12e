// Package sqlsplit splits SQL files into statements, by the lexical rules of a
// database and in bounded memory.
//
// A [Scanner] reads from any io.Reader. What it holds is the statement at hand,
// however large the file is; the rows of a COPY … FROM STDIN are read through
// and never held. It knows
//
//   - literals, quoted names and comments of each [Dialect]: E'…', $tag$…$tag$,
//     q'[…]', backslash escapes, backticks, brackets, nested comments, #, and
//     the comments of MySQL that are executed, /*!80018 … */;
//   - bodies that contain semicolons: stored programs and events of MySQL with or
//     without DELIMITER, triggers of SQLite, BEGIN ATOMIC of Postgres, PL/SQL;
//   - what the databases' own clients know: DELIMITER, GO with a count, a line
//     with a slash, COPY data, \restrict.
//
// A byte order mark is skipped and CR LF is read as LF, in literals too: a file
// means the same whichever way it was checked out. UTF-16 is refused with
// [ErrEncoding].
//
// A statement is given without its delimiter and without the comments around
// it; what is inside stays as it is. Statements that are empty, or nothing but
// comments, are dropped. Literals, comments and bodies that are not closed are
// a [*SyntaxError] with line and column, and so are commands of a client that
// cannot be followed here, such as psql's \i.
//
// On SQL Server the unit is the batch, as everywhere with that server: variables
// live as long as a batch. Semicolons do not end one.
package sqlsplit
