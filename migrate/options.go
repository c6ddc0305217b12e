package migrate

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"regexp"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// Policy says what to do about something that may be wrong.
type Policy uint8

// The policies.
const (
	// PolicyDefault is what the option's comment says.
	PolicyDefault Policy = iota
	// Fail refuses to run.
	Fail
	// Warn tells of it, in an event, in the log and in the result, and goes on.
	Warn
	// Allow goes on.
	Allow
)

// Order says what becomes of a migration whose version is lower than one that
// has been applied, as after a merge of two branches.
type Order uint8

// The orders.
const (
	// Strict refuses to run and lists such migrations.
	Strict Order = iota
	// AnyOrder applies them. What was applied last is undone first.
	AnyOrder
	// SkipLower leaves them pending.
	SkipLower
)

// Options configure a [Migrator]. The zero value is ready for use.
type Options struct {
	// Table is the name of the history's table; the journal of statements is in
	// a table of that name with _statements behind it. Default
	// "sqlscope_migrations".
	Table string
	// Schema is where the migrations run and where the history is: a schema on
	// Postgres, a database on MySQL. It is made the current one for the time of
	// a run. Default: the connection's own.
	Schema string
	// AppliedBy is written into the history; default: user@host and the process.
	AppliedBy string
	// Order says what becomes of a migration below one that was applied.
	Order Order
	// Ahead: the database has versions above all that are known here, as after
	// going back to an older release of the program. Default Warn.
	Ahead Policy
	// Missing: a version was applied and is not known here, below others that
	// are. Default Warn.
	Missing Policy
	// Edited: a migration's text is not what was applied. Default Fail; see
	// [Migrator.Accept].
	Edited Policy
	// NotEmpty: there is no history yet, and there are tables. Default Fail; see
	// [Migrator.Baseline] and [Migrator.Import].
	NotEmpty Policy
	// LockWait limits the wait for others who migrate; see session.SyncOptions.
	// Default 15 minutes; negative: only the context limits it.
	LockWait time.Duration
	// PeerTimeout is how soon a lost machine's lock is given up; see
	// session.SyncOptions. Default 1 minute.
	PeerTimeout time.Duration
	// LeaseTable names a table that keeps the lock as a lease, instead of the
	// database's own lock; see session.SyncOptions. With it a migration without a
	// transaction can be run behind a pooler. All who migrate have to name the same.
	LeaseTable string
	// LockTimeout limits each wait of a statement for a lock on a table, so that
	// a change that waits does not make everybody else wait behind it. Default:
	// the database's own limit. It has no effect on the wait for others who
	// migrate.
	LockTimeout time.Duration
	// LockRetries is how often what failed by a lock timeout is tried again;
	// default 5, negative: not at all.
	LockRetries int
	// RetryPause is the pause before the first retry; each further one is twice
	// as long, up to a minute, and a part of it is chance. Default 1 second.
	RetryPause time.Duration
	// OnEvent is told what goes on, on the goroutine that runs the migrations;
	// it must not take long.
	OnEvent func(Event)
	// Logger gets warnings; default slog.Default().
	Logger *slog.Logger
}

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,50}$`)

// Validate reports every contradiction in o.
func (o *Options) Validate() error {
	errs := o.validatePolicies()
	if o.Table != "" && !tableName.MatchString(o.Table) {
		errs = append(errs, fmt.Errorf("migrate: Options.Table is %q; it must be a plain name of up to 51 "+
			"letters, digits and underscores; Options.Schema says where it is", o.Table))
	}
	sync := session.SyncOptions{LeaseTable: o.LeaseTable}
	if err := sync.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("migrate: Options: %w", err))
	}
	if o.LockTimeout < 0 || o.RetryPause < 0 {
		errs = append(errs, errors.New("migrate: Options.LockTimeout and RetryPause must not be negative"))
	}
	return errors.Join(errs...)
}

func (o *Options) validatePolicies() []error {
	errs := []error{o.Ahead.validate("Ahead"), o.Missing.validate("Missing"),
		o.Edited.validate("Edited"), o.NotEmpty.validate("NotEmpty")}
	if o.Order > SkipLower {
		errs = append(errs, fmt.Errorf("migrate: Options.Order is %d; it must be Strict, AnyOrder or SkipLower",
			o.Order))
	}
	return errs
}

func (p Policy) validate(option string) error {
	if p > Allow {
		return fmt.Errorf("migrate: Options.%s is %d; it must be Fail, Warn or Allow", option, p)
	}
	return nil
}

// given are the options of a call that takes them at most once.
func given[O any](opts []O) (o O) {
	if len(opts) > 0 {
		o = opts[0]
	}
	return o
}

// defaults returns o with every default filled in.
func (o Options) defaults() Options {
	o.Table = cmp.Or(o.Table, "sqlscope_migrations")
	o.AppliedBy = cmp.Or(o.AppliedBy, whoami())
	o.Ahead = cmp.Or(o.Ahead, Warn)
	o.Missing = cmp.Or(o.Missing, Warn)
	o.Edited = cmp.Or(o.Edited, Fail)
	o.NotEmpty = cmp.Or(o.NotEmpty, Fail)
	o.LockRetries = max(0, cmp.Or(o.LockRetries, 5))
	o.RetryPause = cmp.Or(o.RetryPause, time.Second)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// whoami is who runs this process.
func whoami() string {
	name, host := "unknown", "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return fmt.Sprintf("%s@%s pid %d", name, host, os.Getpid())
}
