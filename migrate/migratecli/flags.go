package migratecli

import (
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

// options are the values of all flags.
type options struct {
	database, color               string
	json, quiet, verbose, help    bool
	timeout                       time.Duration
	dirs, vars                    []string
	format, table, schema, source string
	order                         string
	ahead, missing, edited        string
	notEmpty, appliedBy           string
	leaseTable                    string
	lockWait, lockTimeout         time.Duration
	lockRetries                   int
}

// fromEnvironment is a variable of the environment that a call has.
type fromEnvironment struct {
	name   string
	getenv func(string) string
}

func (e fromEnvironment) Lookup() (string, bool) {
	value := e.getenv(e.name)
	return value, value != ""
}

func (e fromEnvironment) String() string   { return "the environment variable " + e.name }
func (e fromEnvironment) GoString() string { return e.name }
func (e fromEnvironment) IsFromEnv() bool  { return true }
func (e fromEnvironment) Key() string      { return e.name }

// env is where a flag's value comes from if it is not given: a variable that is
// named as the flag is.
func (c *call) env(flag string) cli.ValueSourceChain {
	name := "SQLSCOPE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
	if flag == "database" {
		name = "DATABASE_URL"
	}
	return cli.NewValueSourceChain(fromEnvironment{name, c.std.Getenv})
}

// The makers of flags: each has a name, a place for its value, and a line of help.

func (c *call) text(name string, to *string, help string, aliases ...string) cli.Flag {
	return &cli.StringFlag{Name: name, Destination: to, Value: *to, Usage: help, Sources: c.env(name), Aliases: aliases}
}

func (c *call) list(name string, to *[]string, help string) cli.Flag {
	return &cli.StringSliceFlag{Name: name, Destination: to, Value: *to, Usage: help, Sources: c.env(name)}
}

func (c *call) period(name string, to *time.Duration, help string) cli.Flag {
	return &cli.DurationFlag{Name: name, Destination: to, Value: *to, Usage: help, Sources: c.env(name)}
}

func (c *call) number(name string, to *int, help string) cli.Flag {
	return &cli.IntFlag{Name: name, Destination: to, Value: *to, Usage: help, Sources: c.env(name)}
}

// yes is a flag that is there or not, and never in the environment.
func yes(name string, to *bool, help string, aliases ...string) cli.Flag {
	return &cli.BoolFlag{Name: name, Destination: to, Usage: help, Aliases: aliases}
}

// one checks that a flag has one of a few values.
func one(f cli.Flag, values ...string) cli.Flag {
	s := f.(*cli.StringFlag)
	s.Usage += ": " + strings.Join(values, ", ")
	s.Validator = func(value string) error { return among(value, values) }
	return s
}

// everywhere are the flags of every command.
func (c *call) everywhere() []cli.Flag {
	o := &c.opts
	return []cli.Flag{
		c.text("database", &o.database, "URL of the database", "d"),
		yes("json", &o.json, "write one JSON document to the standard output"),
		one(c.text("color", &o.color, "use colours"), "auto", "always", "never"),
		yes("quiet", &o.quiet, "show errors only", "q"),
		yes("verbose", &o.verbose, "show each statement, and what the database's driver logs", "v"),
		c.period("timeout", &o.timeout, "give up after this time; 0: never"),
		yes("help", &o.help, "show what there is to say about a command", "h"),
	}
}

// files are the flags that say where the migrations are.
func (c *call) files() []cli.Flag {
	o := &c.opts
	return []cli.Flag{
		c.list("dir", &o.dirs, "directory of the migrations, or NAME=DIRECTORY; may be repeated"),
		one(c.text("format", &o.format, "whose rules the files follow"), formats()...),
		c.list("var", &o.vars, "NAME=VALUE of a variable in the files; may be repeated"),
		c.text("source", &o.source, "the one of several directories that is meant"),
	}
}

// together are the flags that say how the migrations and the history go together.
func (c *call) together() []cli.Flag {
	o := &c.opts
	policies := []string{"fail", "warn", "allow"}
	return []cli.Flag{
		c.text("table", &o.table, "table of the history"),
		c.text("schema", &o.schema, "schema of the migrations and of the history"),
		one(c.text("order", &o.order, "a migration below one that was applied"), "strict", "any", "skip"),
		one(c.text("ahead", &o.ahead, "versions in the database above all that are known"), policies...),
		one(c.text("missing", &o.missing, "versions in the database whose file is missing"), policies...),
		one(c.text("edited", &o.edited, "files that were edited after they were applied"), policies...),
		one(c.text("not-empty", &o.notEmpty, "a database with tables and no history"), policies...),
		c.text("applied-by", &o.appliedBy, "who is written into the history"),
		c.period("lock-wait", &o.lockWait, "how long to wait for others who migrate"),
		c.text("lease-table", &o.leaseTable, "table that keeps the lock, instead of the database"),
		c.period("lock-timeout", &o.lockTimeout,
			"how long a statement may wait for a lock on a table; 0: as the database says"),
		c.number("lock-retries", &o.lockRetries, "how often what failed by a lock timeout is tried again"),
	}
}
