package migratecli

import (
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/migrate/source"
)

// blank is a migration that has to be written yet.
type blank struct {
	format        source.Format
	version, name string // version is "" for a repeatable one
	last          string // the name of the last file, whose ways are followed
}

// file is one of its files.
type file struct{ name, text string }

// files are the files of the migration, with what the format wants in them.
func (b *blank) files() ([]file, error) {
	switch {
	case b.version == "":
		return b.repeatable()
	case b.format == source.Flyway:
		return []file{{fmt.Sprintf("V%s__%s.sql", b.version, b.name), ""}}, nil
	case b.format == source.GolangMigrate, strings.HasSuffix(b.last, ".up.sql"):
		return []file{{b.stem() + ".up.sql", ""}, {b.stem() + ".down.sql", ""}}, nil
	}
	return []file{{b.stem() + ".sql", outlines[b.format]}}, nil
}

func (b *blank) stem() string { return b.version + "_" + b.name }

// outlines are what stands in an empty file of each format.
var outlines = map[source.Format]string{
	source.Plain:  "-- sqlscope: up\n\n\n-- sqlscope: down\n\n",
	source.Goose:  "-- +goose Up\n\n\n-- +goose Down\n\n",
	source.Tern:   "\n---- create above / drop below ----\n\n",
	source.Dbmate: "-- migrate:up\n\n\n-- migrate:down\n\n",
}

// repeatable are the files of a repeatable migration.
func (b *blank) repeatable() ([]file, error) {
	switch b.format {
	case source.Plain:
		return []file{{"R_" + b.name + ".sql", ""}}, nil
	case source.Flyway:
		return []file{{"R__" + b.name + ".sql", ""}}, nil
	}
	return nil, usage(fmt.Errorf("%s has no repeatable migrations", b.format))
}
