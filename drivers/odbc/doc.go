// Package odbc is the driver for every database with an ODBC driver.
package odbc
