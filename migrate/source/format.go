package source

import (
	"fmt"
	"slices"
	"strings"
)

// Format is whose rules a directory follows.
type Format uint8

// The formats.
const (
	// Detect finds out from the names of the files and from what is in them.
	Detect Format = iota
	// Plain is this project's own.
	Plain
	// Goose is github.com/pressly/goose.
	Goose
	// GolangMigrate is github.com/golang-migrate/migrate.
	GolangMigrate
	// Tern is github.com/jackc/tern.
	Tern
	// Dbmate is github.com/amacneil/dbmate.
	Dbmate
	// Flyway is Flyway.
	Flyway
)

var formatNames = []string{"detect", "plain", "goose", "golang-migrate", "tern", "dbmate", "flyway"}

// String is the format's name in lower case.
func (f Format) String() string { return formatNames[min(int(f), len(formatNames)-1)] }

// ParseFormat returns the format with a name that String gives.
func ParseFormat(name string) (Format, error) {
	if i := slices.Index(formatNames, strings.ToLower(name)); i >= 0 {
		return Format(i), nil
	}
	return 0, fmt.Errorf("source: no format %q; there are %s", name, strings.Join(formatNames, ", "))
}

// rules are what a format says of its files.
type rules struct {
	// name reads the name of a file; ok is false if it is not one of a migration.
	name func(file string) (n named, ok bool)
	// example is a name that is right.
	example string
	// strict: every .sql file has to be a migration.
	strict bool
	// mark reads an annotation in a line.
	mark func(line string) (mark, error)
	// open is the annotation that begins what is run; "" if the text begins with it.
	open string
	// braced: ${NAME} is a variable; templates: {{ }} is evaluated.
	braced, templates bool
	// declared: variables need a declaration in the file.
	declared bool
	// several: a file may have more than one part that goes the same way.
	several bool
	// noTransaction is how a file says that it runs outside a transaction.
	noTransaction string
	// asSent: the file is meant to be sent to the server as it is, so that it may
	// begin and commit transactions itself.
	asSent bool
}

var allRules = [...]rules{
	Plain: {name: plainName, example: "0001_name.sql, or 0001_name.up.sql and 0001_name.down.sql", strict: true,
		mark: plainMark, braced: true, declared: true, noTransaction: "-- sqlscope: no transaction"},
	Goose: {name: gooseName, example: "00001_name.sql", mark: gooseMark, open: "-- +goose Up",
		noTransaction: "-- +goose NO TRANSACTION"},
	GolangMigrate: {name: pairName, example: "1_name.up.sql and 1_name.down.sql", mark: noMarks, asSent: true,
		noTransaction: "no other statement"},
	Tern: {name: ternName, example: "001_name.sql", mark: ternMark, templates: true,
		noTransaction: "---- tern: disable-tx ----"},
	Dbmate: {name: dbmateName, example: "20240131120000_name.sql", mark: dbmateMark, open: "-- migrate:up", several: true,
		noTransaction: "-- migrate:up transaction:false"},
	Flyway: {name: flywayName, example: "V1__name.sql", strict: true, mark: noMarks, braced: true,
		noTransaction: "executeInTransaction=false in a file of the same name with .conf behind it"},
}
