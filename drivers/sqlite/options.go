package sqlite

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options are what a URL says.
type options struct {
	path   string // absolute; empty in memory
	memory bool

	mode           string
	busyTimeout    time.Duration
	journalMode    string
	synchronous    string
	foreignKeys    bool
	cacheSize      int // 0 leaves SQLite's own
	statementCache int
}

func defaults() *options {
	return &options{
		mode:           "rwc",
		busyTimeout:    5 * time.Second,
		journalMode:    "WAL",
		synchronous:    "NORMAL", // safe with WAL, https://www.sqlite.org/pragma.html#pragma_synchronous
		foreignKeys:    true,
		statementCache: 128,
	}
}

// parameters are the URL parameters and how they are read.
var parameters = map[string]func(*options, string) error{
	"busy_timeout": func(o *options, s string) error {
		return setDuration(&o.busyTimeout, s)
	},
	"cache_size": func(o *options, s string) error {
		return setInt(&o.cacheSize, s, -1<<31)
	},
	"foreign_keys": func(o *options, s string) error {
		return setBool(&o.foreignKeys, s)
	},
	"journal_mode": func(o *options, s string) error {
		return setWord(&o.journalMode, strings.ToUpper(s),
			"WAL", "DELETE", "TRUNCATE", "PERSIST", "MEMORY", "OFF")
	},
	"mode": func(o *options, s string) error {
		return setWord(&o.mode, s, "rwc", "rw", "ro")
	},
	"statement_cache": func(o *options, s string) error {
		return setInt(&o.statementCache, s, 0)
	},
	"synchronous": func(o *options, s string) error {
		return setWord(&o.synchronous, strings.ToUpper(s), "NORMAL", "OFF", "FULL", "EXTRA")
	},
}

func knownParameters() string {
	return strings.Join(slices.Sorted(maps.Keys(parameters)), ", ")
}

func setDuration(to *time.Duration, s string) error {
	d, err := time.ParseDuration(s)
	if ms, notNumber := strconv.ParseUint(s, 10, 31); notNumber == nil {
		d, err = time.Duration(ms)*time.Millisecond, nil
	}
	if err != nil || d < 0 {
		return errors.New("must be a duration such as 500ms, or milliseconds")
	}
	*to = d
	return nil
}

func setInt(to *int, s string, least int64) error {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < least {
		return fmt.Errorf("must be a number between %d and %d", least, 1<<31-1)
	}
	*to = int(n)
	return nil
}

func setBool(to *bool, s string) error {
	switch strings.ToLower(s) {
	case "1", "on", "yes", "true":
		*to = true
	case "0", "off", "no", "false":
		*to = false
	default:
		return errors.New("must be on or off")
	}
	return nil
}

func setWord(to *string, s string, allowed ...string) error {
	if !slices.Contains(allowed, s) {
		return fmt.Errorf("must be one of %s", strings.Join(allowed, ", "))
	}
	*to = s
	return nil
}

// address names the database in messages.
func (o *options) address() string {
	if o.memory {
		return ":memory:"
	}
	return o.path
}
