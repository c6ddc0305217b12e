module github.com/sqlscope/sqlscope/drivers/odbc

go 1.26.0

require (
	github.com/alexbrainman/odbc v0.0.0-20250601004241-49e6b2bc0cf0 // its package api; and the tests' benchmarks
	github.com/sqlscope/sqlscope v0.0.0
)

require (
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	golang.org/x/sync v0.23.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
)

replace github.com/sqlscope/sqlscope => ../..
