module github.com/sqlscope/sqlscope/internal/adaptertest

go 1.26.0

replace github.com/sqlscope/sqlscope => ../..

require (
	github.com/Masterminds/squirrel v1.5.4 // runs on scopedsql, in the tests
	github.com/georgysavva/scany/v2 v2.1.4 // runs on scopedpgx, in the tests
	github.com/jackc/pgx/v5 v5.12.0 // in what sqlc has generated, and in the tests
	github.com/jmoiron/sqlx v1.4.0 // runs on scopedsql, in the tests
	github.com/libtnb/sqlite v1.2.2 // GORM's SQLite without cgo, in the tests
	github.com/pressly/goose/v3 v3.28.0 // runs on scopedsql, in the tests
	github.com/riverqueue/river v0.49.0 // runs on scopedpgx, in the tests
	github.com/riverqueue/river/riverdriver/riverpgxv5 v0.49.0 // river on pgx, in the tests
	github.com/sqlscope/sqlscope v0.0.0 // what is tested
	github.com/uptrace/bun v1.3.0 // runs on scopedsql, in the tests
	github.com/uptrace/bun/dialect/mysqldialect v1.3.0 // bun's MySQL, in the tests
	github.com/uptrace/bun/dialect/pgdialect v1.3.0 // bun's Postgres, in the tests
	github.com/uptrace/bun/dialect/sqlitedialect v1.3.0 // bun's SQLite, in the tests
	gorm.io/driver/mysql v1.6.0 // GORM's MySQL, in the tests
	gorm.io/driver/postgres v1.6.3 // GORM's Postgres, in the tests
	gorm.io/gorm v1.31.2 // runs on scopedsql, in the tests
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	github.com/dustin/go-humanize v1.0.1 // indirect
	github.com/go-sql-driver/mysql v1.10.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/jinzhu/inflection v1.0.0 // indirect
	github.com/jinzhu/now v1.1.5 // indirect
	github.com/lann/builder v0.0.0-20180802200727-47ae307949d0 // indirect
	github.com/lann/ps v0.0.0-20150810152359-62de8c46ede0 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mfridman/interpolate v0.0.2 // indirect
	github.com/ncruces/go-strftime v1.0.0 // indirect
	github.com/puzpuzpuz/xsync/v3 v3.5.1 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/riverqueue/river/riverdriver v0.49.0 // indirect
	github.com/riverqueue/river/rivershared v0.49.0 // indirect
	github.com/riverqueue/river/rivertype v0.49.0 // indirect
	github.com/sethvargo/go-retry v0.4.0 // indirect
	github.com/stretchr/objx v0.5.3 // indirect
	github.com/tidwall/gjson v1.19.0 // indirect
	github.com/tidwall/match v1.2.0 // indirect
	github.com/tidwall/pretty v1.2.1 // indirect
	github.com/tidwall/sjson v1.2.5 // indirect
	github.com/tmthrgd/go-hex v0.0.0-20190904060850-447a3041c3bc // indirect
	github.com/vmihailenco/msgpack/v5 v5.4.1 // indirect
	github.com/vmihailenco/tagparser/v2 v2.0.0 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	golang.org/x/mod v0.41.0 // indirect
	golang.org/x/sync v0.23.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.42.0 // indirect
	modernc.org/libc v1.77.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
	modernc.org/sqlite v1.60.1 // indirect
)
