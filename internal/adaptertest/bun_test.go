package adaptertest

import (
	"context"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/mysqldialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
)

func openBun(b *bed) client {
	dialect := map[string]func() schema.Dialect{
		onSQLite:   func() schema.Dialect { return sqlitedialect.New() },
		onPostgres: func() schema.Dialect { return pgdialect.New() },
		onMySQL:    func() schema.Dialect { return mysqldialect.New() },
	}[b.kind]()
	db := bun.NewDB(b.alone, dialect) // MySQL's dialect asks for the version
	db.DB = b.db                      // from here on a scope is needed
	return bunClient{db}
}

// bunClient runs statements with a *bun.DB or a bun.Tx.
type bunClient struct{ bun.IDB }

type bunNote struct {
	bun.BaseModel `bun:"table:notes"`
	ID            int64 `bun:",pk,autoincrement"`
	Body          string
}

func (c bunClient) add(ctx context.Context, id int64) error {
	_, err := c.NewInsert().Model(&bunNote{ID: id, Body: odd}).Exec(ctx)
	return err
}

func (c bunClient) breaks(ctx context.Context) error { return c.add(ctx, 1) }

func (c bunClient) ids(ctx context.Context) (ids []int64, err error) {
	return ids, c.NewSelect().Model((*bunNote)(nil)).Column("id").Where("id > ?", 0).Order("id").Scan(ctx, &ids)
}

func (c bunClient) tx(ctx context.Context, fn func(context.Context, client) error) error {
	return c.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { return fn(ctx, bunClient{tx}) })
}

type bunPet struct {
	bun.BaseModel `bun:"table:pets"`
	ID            int64  `bun:",pk,autoincrement"`
	Name          string `bun:"type:varchar(50),unique"`
}

func TestBunMakesTablesAndKeys(t *testing.T) {
	for _, kind := range everywhere {
		t.Run(kind, func(t *testing.T) {
			b := newBed(t, kind)
			db := openBun(b).(bunClient).IDB.(*bun.DB)
			_, err := bun.NewDB(b.alone, db.Dialect()).NewCreateTable().Model((*bunPet)(nil)).Exec(t.Context())
			b.must(err)
			two := func() *[]*bunPet { return &[]*bunPet{{Name: "Ada"}, {Name: "Bo"}} }
			b.undone(func(ctx context.Context) {
				_, err := db.NewInsert().Model(two()).Exec(ctx)
				b.must(err)
			})
			b.inScope(func(ctx context.Context) {
				pets := two()
				_, err := db.NewInsert().Model(pets).Exec(ctx)
				b.must(err)
				var found []*bunPet
				b.must(db.NewSelect().Model(&found).Where("name = ?", "Bo").Scan(ctx))
				if bo := (*pets)[1]; len(found) != 1 || bo.ID == 0 || found[0].ID != bo.ID {
					t.Errorf("found %v, want %v", found, bo)
				}
			})
		})
	}
}
