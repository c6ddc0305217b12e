package migrate_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
)

// TestFilesOfGolangMigrateMayBeginAndCommit runs what its users write, since their tool
// sends a file as it is.
func TestFilesOfGolangMigrateMayBeginAndCommit(t *testing.T) {
	onEach(t, "postgres sqlite mysql", func(t *testing.T, b *bed) {
		f := files{
			"1_all.up.sql":    "BEGIN;\n" + table("a") + table("b") + "COMMIT;\n",
			"2_part.up.sql":   table("c") + "BEGIN;\n" + table("d") + "COMMIT;\n" + table("e"),
			"3_twice.up.sql":  "BEGIN;" + table("f") + "COMMIT; BEGIN; INSERT INTO f VALUES (1); COMMIT;",
			"4_undone.up.sql": "BEGIN; INSERT INTO f VALUES (2); ROLLBACK;",
			"5_after.up.sql":  table("g"),
		}
		if b.kind == "sqlite" {
			f["6_rebuild.up.sql"] = "PRAGMA foreign_keys=OFF;\nBEGIN;\nCREATE TABLE h (id INTEGER REFERENCES f (id));\n" +
				"INSERT INTO h VALUES (1);\nDROP TABLE f;\nCREATE TABLE f (id INTEGER PRIMARY KEY);\nINSERT INTO f VALUES (1);\n" +
				"COMMIT;\nPRAGMA foreign_keys=ON;\n"
		}
		m, err := migrate.New(b.engine, []migrate.Source{{FS: f.fs(), Options: source.Options{Format: source.GolangMigrate}}},
			quiet(migrate.Options{}))
		noErr(t, err)
		res, err := m.Up(t.Context())
		noErr(t, err)
		equal(t, "applied", len(res.Applied), len(f))
		b.wantTables("a b c d e f g", "")
		equal(t, "rows", b.count("SELECT count(*) FROM f"), 1)
	})
}
