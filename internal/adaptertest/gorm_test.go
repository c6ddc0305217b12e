package adaptertest

import (
	"context"
	"database/sql"

	gormsqlite "github.com/libtnb/sqlite"
	gormmysql "gorm.io/driver/mysql"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"
	gormlogger "gorm.io/gorm/logger"
)

// dialector is GORM's for the database. SQLite's and MySQL's ask for the version
// when GORM is opened, which is outside of any scope.
func (b *bed) dialector(db *sql.DB) gorm.Dialector {
	switch b.kind {
	case onPostgres:
		return gormpostgres.New(gormpostgres.Config{Conn: db})
	case onMySQL:
		return gormmysql.New(gormmysql.Config{Conn: db})
	}
	return gormsqlite.New(gormsqlite.Config{Conn: db})
}

func openGORM(b *bed) client { return gormClient{b.gorm()} }

func (b *bed) gorm() *gorm.DB {
	db, err := gorm.Open(b.dialector(b.alone), &gorm.Config{Logger: gormlogger.Discard})
	b.must(err)
	db.ConnPool, db.Statement.ConnPool = b.db, b.db // from here on a scope is needed
	return db
}

func openPreparedGORM(b *bed) client {
	return gormClient{b.gorm().Session(&gorm.Session{SkipDefaultTransaction: true, PrepareStmt: true})}
}

// gormClient runs statements with GORM, in a transaction of its own or not.
type gormClient struct{ db *gorm.DB }

type gormNote struct {
	ID   int64
	Body string
}

// TableName is what GORM asks for.
func (gormNote) TableName() string { return "notes" }

func (c gormClient) add(ctx context.Context, id int64) error {
	return c.db.WithContext(ctx).Create(&gormNote{id, odd}).Error
}

func (c gormClient) breaks(ctx context.Context) error { return c.add(ctx, 1) }

func (c gormClient) ids(ctx context.Context) (ids []int64, err error) {
	return ids, c.db.WithContext(ctx).Model(&gormNote{}).Where("id >= ?", 0).Order("id").Pluck("id", &ids).Error
}

func (c gormClient) tx(ctx context.Context, fn func(context.Context, client) error) error {
	return c.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return fn(ctx, gormClient{tx}) })
}
