package adaptertest

import (
	"context"
	"database/sql"
	"testing"

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
		// With a name it does not put arguments of pgx's own before the others.
		return gormpostgres.New(gormpostgres.Config{Conn: db, DriverName: "scopedsql"})
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

// pet has a key that the database makes, and a table that GORM makes.
type pet struct {
	ID   int64
	Name string `gorm:"size:50;uniqueIndex"`
	Toys []toy
}

type toy struct {
	ID    int64
	PetID int64
	What  string `gorm:"size:50"`
}

func TestGORMMigratesAndMakesKeys(t *testing.T) {
	for _, kind := range everywhere {
		t.Run(kind, func(t *testing.T) {
			b := newBed(t, kind)
			db := b.gorm()
			start, err := gorm.Open(b.dialector(b.alone), &gorm.Config{Logger: gormlogger.Discard})
			b.must(err)
			for range 2 { // the second finds that nothing is missing
				b.must(start.AutoMigrate(&pet{}, &toy{}))
			}
			b.undone(func(ctx context.Context) { b.must(db.WithContext(ctx).Create(ada()).Error) })
			b.inScope(func(ctx context.Context) {
				p := ada()
				b.must(db.WithContext(ctx).Create(p).Error)
				var found pet
				b.must(db.WithContext(ctx).Preload("Toys").First(&found, "name = ?", "Ada").Error)
				if p.ID == 0 || found.ID != p.ID || len(found.Toys) != 2 || found.Toys[1] != p.Toys[1] {
					t.Errorf("found %+v, want %+v", found, p)
				}
			})
		})
	}
}

func ada() *pet { return &pet{Name: "Ada", Toys: []toy{{What: "ball"}, {What: "bone"}}} }
