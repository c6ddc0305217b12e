// Package migrate brings the schema of a database to a version: from SQL files
// and functions in Go, in a service that starts twenty times at once as well as
// from a command line.
package migrate
