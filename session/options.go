package session

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sqlscope/sqlscope/drivers"
)

// TxOptions are the options of one transaction; the zero value asks for the
// database's defaults. They are an [Option] of [Engine.Do].
type TxOptions drivers.TxOptions

// Settings are variables of the database by name, for TxOptions.Settings.
type Settings = drivers.Settings

// Setting returns Settings of one variable; more are added by its With. On
// PostgreSQL it is a configuration parameter, such as "app.tenant", and a policy
// reads it with current_setting('app.tenant', true). That is NULL where the
// connection has never seen the name, and an empty text after the transaction.
func Setting(name, value string) Settings { return Settings{}.With(name, value) }

// Isolation is a transaction isolation level.
type Isolation = drivers.Isolation

// The isolation levels.
const (
	DefaultIsolation = drivers.DefaultIsolation
	ReadUncommitted  = drivers.ReadUncommitted
	ReadCommitted    = drivers.ReadCommitted
	RepeatableRead   = drivers.RepeatableRead
	Serializable     = drivers.Serializable
)

// PrePing says when a kept connection is pinged before it is handed out.
type PrePing = drivers.PrePing

// The pre-ping policies.
const (
	PingNever  = drivers.PingNever
	PingIfIdle = drivers.PingIfIdle
	PingAlways = drivers.PingAlways
)

// Options configure an [Engine]. The zero value is ready for use. For every
// duration zero means the default; where a negative one is allowed it means no
// limit.
type Options struct {
	// MaxConns limits the connections in use at a time; default 8. With a pool
	// that was handed in, the pool's own limit holds.
	MaxConns int
	// MinIdleConns is how many idle connections the pool keeps; default 0.
	MinIdleConns int
	// MaxConnLifetime is the age at which a connection is replaced; default 1
	// hour, negative: never.
	MaxConnLifetime time.Duration
	// MaxConnLifetimeJitter is added to each lifetime at random; default a
	// tenth of MaxConnLifetime, negative: none.
	MaxConnLifetimeJitter time.Duration
	// MaxConnIdleTime closes idle connections; default 30 minutes, negative:
	// never.
	MaxConnIdleTime time.Duration
	// PrePing says when a kept connection is pinged before use; default
	// PingNever: a connection that is found dead before anything was sent is
	// replaced without a ping.
	PrePing PrePing
	// PingIdleAfter is the idle time after which PingIfIdle pings; default 30
	// seconds.
	PingIdleAfter time.Duration
	// PingTimeout limits one ping; default 2 seconds.
	PingTimeout time.Duration
	// ConnectTimeout limits the opening of a connection; default 10 seconds.
	ConnectTimeout time.Duration
	// AcquireTimeout limits the wait for a connection, after which
	// [ErrPoolTimeout] names who holds them; default 30 seconds, negative:
	// only the context limits it.
	AcquireTimeout time.Duration
	// EndTimeout limits COMMIT, ROLLBACK and the cleaning of a connection,
	// which do not depend on the caller's context; default 10 seconds. A server
	// that does not answer then has CancelGrace before the connection is given
	// up.
	EndTimeout time.Duration
	// CancelGrace is how long a cancelled statement may take to end before its
	// connection is given up; default 2 seconds.
	CancelGrace time.Duration
	// Tx are the options of transactions that are given none.
	Tx TxOptions
	// Logger gets warnings, and statements if LogStatements is set; default
	// slog.Default().
	Logger *slog.Logger
	// LogStatements logs every statement at level Info. Arguments are left out
	// unless LogArgs is set as well.
	LogStatements, LogArgs bool
	// Observer is told of every operation, for tracing and metrics.
	Observer *Observer
	// LeakStacks records where each session was opened, for the report on a
	// session that was dropped without Close. It costs about a microsecond a
	// session; without it the report names the first statement's place.
	LeakStacks bool
}

// Validate reports every contradiction in o.
func (o *Options) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("session: Options."+format, args...))
	}
	if o.MaxConns < 0 {
		bad("MaxConns is %d; it must be positive, or 0 for the default of 8", o.MaxConns)
	}
	if d := o.defaults(); o.MinIdleConns < 0 || o.MaxConns >= 0 && o.MinIdleConns > d.MaxConns {
		bad("MinIdleConns is %d; it must be between 0 and MaxConns (%d)", o.MinIdleConns, d.MaxConns)
	}
	if o.PrePing > PingAlways {
		bad("PrePing is %d; it must be PingNever, PingIfIdle or PingAlways", o.PrePing)
	}
	if o.LogArgs && !o.LogStatements {
		bad("LogArgs is set without LogStatements")
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"PingIdleAfter", o.PingIdleAfter}, {"PingTimeout", o.PingTimeout},
		{"ConnectTimeout", o.ConnectTimeout}, {"EndTimeout", o.EndTimeout},
		{"CancelGrace", o.CancelGrace}} {
		if d.value < 0 {
			bad("%s is %v; it must be positive, or 0 for the default", d.name, d.value)
		}
	}
	return errors.Join(append(errs, validateTx(&o.Tx))...)
}

// validateTx checks what can be checked without knowing the database.
func validateTx(o *TxOptions) error {
	if !o.Isolation.Valid() {
		return fmt.Errorf("session: TxOptions.Isolation is %d; it must be one of "+
			"DefaultIsolation, ReadUncommitted, ReadCommitted, RepeatableRead, Serializable",
			uint8(o.Isolation))
	}
	if o.Deferrable && (o.Isolation != Serializable || !o.ReadOnly) {
		return errors.New("session: TxOptions.Deferrable needs Isolation Serializable and ReadOnly")
	}
	for name, d := range map[string]time.Duration{
		"StatementTimeout": o.StatementTimeout, "LockTimeout": o.LockTimeout} {
		if d < 0 || d > 0 && d < time.Millisecond {
			return fmt.Errorf("session: TxOptions.%s is %v; it must be 0 or at least 1ms", name, d)
		}
	}
	return validateSettings(o.Settings)
}

func validateSettings(s Settings) error {
	for name, value := range s.All() {
		switch {
		case name == "" || !isText(name):
			return fmt.Errorf("session: TxOptions.Settings has the name %q; it must be a text "+
				"that is not empty", name)
		case !isText(value):
			return fmt.Errorf("session: TxOptions.Settings has a value for %s that is not valid "+
				"UTF-8, or has a zero byte", name)
		}
	}
	return nil
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// defaults returns o with every default filled in.
func (o Options) defaults() Options {
	fill(&o.MaxConns, 8)
	fill(&o.MaxConnLifetime, time.Hour)
	fill(&o.MaxConnLifetimeJitter, max(o.MaxConnLifetime, 0)/10)
	fill(&o.MaxConnIdleTime, 30*time.Minute)
	fill(&o.PingIdleAfter, 30*time.Second)
	fill(&o.PingTimeout, 2*time.Second)
	fill(&o.ConnectTimeout, 10*time.Second)
	fill(&o.AcquireTimeout, 30*time.Second)
	fill(&o.EndTimeout, 10*time.Second)
	fill(&o.CancelGrace, 2*time.Second)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func fill[T int | time.Duration](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}

// pool returns the part of o that a driver's pool needs.
func (o *Options) pool() drivers.PoolOptions {
	return drivers.PoolOptions{
		MaxConns:              o.MaxConns,
		MinIdleConns:          o.MinIdleConns,
		MaxConnLifetime:       max(o.MaxConnLifetime, 0),
		MaxConnLifetimeJitter: max(o.MaxConnLifetimeJitter, 0),
		MaxConnIdleTime:       max(o.MaxConnIdleTime, 0),
		PrePing:               o.PrePing,
		PingIdleAfter:         o.PingIdleAfter,
		PingTimeout:           o.PingTimeout,
		ConnectTimeout:        o.ConnectTimeout,
		CancelGrace:           o.CancelGrace,
	}
}
