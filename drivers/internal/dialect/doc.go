// Package dialect holds what is known of a database whatever the way to it: its
// error codes, what its messages name, which of its statements commit. A
// database's native driver and ODBC's share it.
package dialect
