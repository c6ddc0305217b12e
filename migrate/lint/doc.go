// Package lint warns of statements in migrations that are dangerous on a table
// with data and traffic: those that lock out the application, rewrite tables, break
// the version of the program that still runs, or do not do what they seem to.
//
// [Script] and [Set] return findings, each with the rule, the place, the reason and
// the safe way. A comment before, in or behind a statement keeps rules from looking
// at it, and may say why:
//
//	-- lint:ignore drop-column: nothing has read it since release 12
//	ALTER TABLE users DROP COLUMN legacy_name;
//
// Rules look at the tokens of a statement, so that what is in a literal or a comment
// is never found, and they know which tables the same script has created: those are
// empty. They do not know the database. A finding is a question to a person, not a
// verdict; docs/lint.md has all rules with examples.
package lint
