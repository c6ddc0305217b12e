// Package adaptertest tests scoped/scopedsql and scoped/scopedpgx under the
// libraries that people use: what sqlc has generated, sqlx, squirrel, bun, GORM
// and goose for the one, sqlc's pgx mode, scany and river for the other. It is a
// module of its own, so that nobody else gets them.
//
// proof_test.go says what each must do, once for all; the file named after a
// library says how it is set up, which is where to look for that.
package adaptertest

// sqlc is built without cgo: its parser of Postgres is then WebAssembly.
//
//go:generate env GOWORK=off CGO_ENABLED=0 go tool -modfile=../tools/sqlc/go.mod sqlc generate -f sqlc/sqlc.yaml
