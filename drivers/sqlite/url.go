package sqlite

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

const scheme = "sqlite"

// parseURL is not built on url.Parse, which takes what follows the second slash
// for a host and refuses ":memory:" as one with a bad port.
func parseURL(raw string) (*options, error) {
	name, rest, ok := strings.Cut(raw, "://")
	if !ok || !strings.EqualFold(name, scheme) {
		return nil, fmt.Errorf("the URL must begin with %s://", scheme)
	}
	if strings.Contains(rest, "#") {
		return nil, errors.New("a # in the path must be written as %23")
	}
	path, query, _ := strings.Cut(rest, "?")
	opts := defaults()
	if err := opts.setPath(path); err != nil {
		return nil, err
	}
	return opts, opts.setParameters(query)
}

func (o *options) setPath(escaped string) (err error) {
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return fmt.Errorf("%w; a %% in the path must be written as %%25", err)
	}
	if o.memory = inMemory(path); o.memory {
		return nil
	}
	switch {
	case path[0] != '/':
		return fmt.Errorf("%q is where other databases have a host; "+
			"write a path after three slashes: %s:///%s", path, scheme, path)
	case strings.ContainsRune(path, 0):
		return errors.New("the path contains a NUL byte")
	}
	// Made absolute now: connections that are opened after a change of the
	// working directory must find the same file.
	o.path, err = filepath.Abs(path[1:])
	return err
}

func inMemory(path string) bool {
	return path == "" || path == "/" || path == ":memory:" || path == "/:memory:"
}

func (o *options) setParameters(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return err
	}
	for name, given := range values {
		set, known := parameters[name]
		if !known {
			return fmt.Errorf("unknown URL parameter %q; known are %s", name, knownParameters())
		}
		if len(given) > 1 {
			return fmt.Errorf("URL parameter %q is given %d times", name, len(given))
		}
		if err := set(o, given[0]); err != nil {
			return fmt.Errorf("URL parameter %s=%s: %w", name, given[0], err)
		}
	}
	return nil
}

// dsn is the name of the database for modernc: a URI, so that SQLite decodes
// the path and reads its own mode parameter, https://www.sqlite.org/uri.html.
func (o *options) dsn() string {
	// _timezone: times come back in UTC. _error_rc: without it a file that cannot
	// be opened is reported as "out of memory".
	query := url.Values{"_timezone": {"UTC"}, "_error_rc": {"1"}}
	if o.memory {
		return "file::memory:?" + query.Encode()
	}
	query.Set("mode", o.mode)
	return "file://" + escapePath(o.path) + "?" + query.Encode()
}

// escapePath spells a path for the URI.
func escapePath(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	return strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23").Replace(path)
}
