package migratecli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/migrate/source"
)

// newData are the files that were made.
type newData struct {
	Version string   `json:"version,omitempty"`
	Format  string   `json:"format"`
	Files   []string `json:"files"`
}

// making is how a new migration is to be.
type making struct {
	timestamp, sequence, repeatable bool
}

func (k *making) flags() []cli.Flag {
	return []cli.Flag{
		yes("timestamp", &k.timestamp, "its version is the time, in UTC"),
		yes("sequence", &k.sequence, "its version is the next number"),
		yes("repeatable", &k.repeatable, "it has no version, and runs again when it changes"),
	}
}

// check refuses what contradicts itself.
func (k *making) check() error {
	if k.timestamp && k.sequence || k.repeatable && (k.timestamp || k.sequence) {
		return usage(errors.New("--timestamp, --sequence and --repeatable exclude each other"))
	}
	return nil
}

func (c *call) newMigration() *cli.Command {
	var k making
	return c.leaf(leaf{name: "new", args: "NAME…", min: 1, max: -1, flags: k.flags(),
		help: "make the files of a new migration, in the format of the others",
		more: "Without a flag its version is a time if that of the last migration is one, and else the next number.",
		do:   func(_ context.Context, args []string) error { return c.runNew(&k, strings.Join(args, "_")) }})
}

func (c *call) runNew(k *making, text string) error {
	if err := k.check(); err != nil {
		return err
	}
	name := plainName(text)
	if name == "" {
		return usage(errors.New("the name needs letters or digits"))
	}
	return c.create(k, name)
}

var notPlain = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// plainName is a name for a file.
func plainName(text string) string {
	return strings.ToLower(strings.Trim(notPlain.ReplaceAllString(text, "_"), "_"))
}

// create makes the files.
func (c *call) create(k *making, name string) error {
	dir, err := c.newDirectory()
	if err != nil {
		return err
	}
	set, err := c.existing(dir)
	if err != nil {
		return err
	}
	b := blank{format: set.Format, name: name, last: lastFile(set)}
	if !k.repeatable {
		b.version = nextVersion(set, k, time.Now())
	}
	files, err := b.files()
	if err != nil {
		return err
	}
	return c.writeFiles(dir, files, &newData{Version: b.version, Format: set.Format.String(), Files: []string{}})
}

// writeFiles writes the files and shows their names.
func (c *call) writeFiles(dir string, files []file, data *newData) error {
	c.data = data
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := writeNew(path, f.text); err != nil {
			return err
		}
		data.Files = append(data.Files, path)
		if c.talks() {
			fmt.Fprintln(c.out.W, path)
		}
	}
	return nil
}

// newDirectory is the directory for the files. It is made if it is not there.
func (c *call) newDirectory() (string, error) {
	dirs := c.directories()
	for _, text := range dirs {
		if name, dir := named(text); len(dirs) == 1 || name == c.opts.source {
			return dir, os.MkdirAll(dir, 0o777)
		}
	}
	return "", usage(errors.New("there are several directories; --source says which one is meant"))
}

// existing are the migrations that are there; none at all are in the format that
// was asked for, or in this project's own.
func (c *call) existing(dir string) (*source.Set, error) {
	format, err := source.ParseFormat(c.opts.format)
	if err != nil {
		return nil, usage(err)
	}
	set, err := source.Load(os.DirFS(dir), source.Options{Format: format, Environment: c.lookup})
	if !errors.Is(err, source.ErrNoMigrations) {
		return set, err
	}
	if format == source.Detect {
		format = source.Plain
	}
	return &source.Set{Format: format}, nil
}

// writeNew writes a file that must not be there.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// lastFile is the name of the file of the last version; "" if there is none.
func lastFile(set *source.Set) string {
	if n := len(set.Migrations); n > 0 {
		return filepath.Base(set.Migrations[n-1].Up.File)
	}
	return ""
}

var leadingDigits = regexp.MustCompile(`^[Vv]?([0-9]+)`)

const timeLayout = "20060102150405"

// nextVersion is the version behind the last one, as wide as that is.
func nextVersion(set *source.Set, k *making, now time.Time) string {
	digits := ""
	if m := leadingDigits.FindStringSubmatch(lastFile(set)); m != nil {
		digits = m[1]
	}
	switch {
	case k.timestamp, !k.sequence && len(digits) == len(timeLayout):
		return now.UTC().Format(timeLayout)
	case digits == "":
		return pad("1", firstWidth(set.Format))
	}
	return following(set.Migrations[len(set.Migrations)-1].Version, len(digits))
}

// following counts the last part of a version up.
func following(v source.Version, width int) string {
	parts := strings.Split(string(v), ".")
	last := &parts[len(parts)-1]
	*last = increment(*last)
	if len(parts) == 1 {
		return pad(*last, width)
	}
	return strings.Join(parts, ".")
}

// firstWidth is how wide the first version is.
func firstWidth(f source.Format) int {
	switch f {
	case source.Flyway:
		return 1
	case source.GolangMigrate:
		return 6
	case source.Tern:
		return 3
	}
	return 4
}

// increment adds one to a number of any width.
func increment(digits string) string {
	if n, err := strconv.ParseUint(digits, 10, 63); err == nil {
		return strconv.FormatUint(n+1, 10)
	}
	return digits + "1"
}

func pad(digits string, width int) string {
	return strings.Repeat("0", max(0, width-len(digits))) + digits
}
