// Package source reads migration files: this project's own format, and the
// directories of goose, golang-migrate, tern, dbmate and Flyway as they are.
//
// [Load] reads each file once, from any fs.FS, and returns a [Set] of migrations
// in the order of their versions. Their statements are read when they are needed,
// by [Script.Statements], one at a time and in bounded memory. What is wrong with
// a file is an [*Error] that names the file and the line, before anything has run.
//
// # The plain format
//
// A migration is one file or two:
//
//	0001_users.sql            up, and down behind the line "-- sqlscope: down"
//	0002_orders.up.sql        up
//	0002_orders.down.sql      down
//	R_report.sql              repeatable: runs again when it has changed
//
// The version is a number of any width, a timestamp, or numbers with dots between
// them, with or without a V in front; behind it comes an underscore, a dash or a
// dot, and a name. Two files of one version and direction are an error.
//
// Annotations are lines of their own, in any case of letters:
//
//	-- sqlscope: up                    where the way up begins; may be left out
//	-- sqlscope: down                  where the way down begins
//	-- sqlscope: no transaction        run the file outside a transaction
//	-- sqlscope: repeatable            as if the name began with R_
//	-- sqlscope: variables A, B        ${A} and ${B} are replaced by their values
//	-- sqlscope: no variables          ${A} has no meaning in this file
//	-- sqlscope: statement             what follows is one statement, as it is,
//	-- sqlscope: end                   up to here
//
// A ${NAME} that is not declared, or has no value, is an error; $$ is never part
// of one. Any other annotation is an error, and so is one of another tool.
//
// # The formats of others
//
//   - goose: all annotations, ENVSUB included. A block between StatementBegin and
//     StatementEnd is split like the rest where the splitter knows its contents
//     (Postgres, MySQL, SQLite), as a session takes one statement at a time, and
//     taken whole elsewhere. A missing last semicolon is no error. Go files need
//     their functions in Options.Go.
//   - golang-migrate: such files are sent as they are, so they may begin and
//     commit. BEGIN and COMMIT around a whole file are left out, as the migration
//     has a transaction of its own; any other use of them runs the file outside one.
//   - tern: gaps are errors. Templates are evaluated with Options.Variables as
//     their data; functions beyond those of text/template need
//     Options.TemplateFuncs.
//   - dbmate: several parts of one direction run one after the other and have to
//     agree on transaction:false. A way down may be missing.
//   - Flyway: V, U, R and B files, in directories below too; ${name} with
//     Options.Variables; executeInTransaction, placeholderReplacement and
//     encoding=UTF-8 in .sql.conf files. Callbacks are refused.
package source
