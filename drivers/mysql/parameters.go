package mysql

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	gomysql "github.com/go-sql-driver/mysql"
)

// settings are what a URL says, or what was handed in.
type settings struct {
	cfg    *gomysql.Config
	opts   Options
	vars   map[string]string // variables of the server, spelled as SQL
	hosted bool              // the URL names a host
}

// parameters are the URL parameters and how they are read.
var parameters = map[string]func(*settings, string) error{
	"allowCleartextPasswords": func(s *settings, v string) error {
		return setBool(&s.cfg.AllowCleartextPasswords, v)
	},
	"allowNativePasswords": func(s *settings, v string) error {
		return setBool(&s.cfg.AllowNativePasswords, v)
	},
	"cancel":    setCancel,
	"collation": setCollation,
	"compress": func(s *settings, v string) error {
		var on bool
		if err := setBool(&on, v); err != nil {
			return err
		}
		return s.cfg.Apply(gomysql.EnableCompression(on))
	},
	"connectionAttributes": func(s *settings, v string) error {
		s.cfg.ConnectionAttributes = v
		return nil
	},
	"readTimeout": func(s *settings, v string) error { return setDuration(&s.cfg.ReadTimeout, v) },
	"serverPubKey": func(s *settings, v string) error {
		s.cfg.ServerPubKey = v
		return nil
	},
	"socket":       setSocket,
	"tls":          setTLS,
	"writeTimeout": func(s *settings, v string) error { return setDuration(&s.cfg.WriteTimeout, v) },
}

// owned are parameters of the client library that have one value here, and why.
var owned = map[string]string{
	"charset":           "the connection's is always utf8mb4; choose a collation",
	"checkConnLiveness": "a connection is always checked before a transaction",
	"clientFoundRows":   "an UPDATE always counts the rows it matched",
	"interpolateParams": "arguments always travel with their statement",
	"loc":               "times are always UTC, on both sides",
	"multiStatements":   "a text of several statements is always refused",
	"parseTime":         "times are always parsed",
	"rejectReadOnly":    "a server that refuses to write is an error of kind read-only",
	"timeout":           "session.Options has ConnectTimeout",
}

func knownParameters() string {
	return strings.Join(slices.Sorted(maps.Keys(parameters)), ", ")
}

func setBool(to *bool, v string) error {
	switch strings.ToLower(v) {
	case "1", "on", "yes", "true":
		*to = true
	case "0", "off", "no", "false":
		*to = false
	default:
		return errors.New("must be true or false")
	}
	return nil
}

func setDuration(to *time.Duration, v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		return errors.New("must be a duration such as 30s")
	}
	*to = d
	return nil
}

func setCancel(s *settings, v string) error {
	switch v {
	case "kill":
		s.opts.Cancel = CancelByKill
	case "close":
		s.opts.Cancel = CancelByClose
	default:
		return errors.New("must be kill or close")
	}
	return nil
}

// setCollation is a variable and not the library's own parameter, which knows
// the names of some servers only and ignores the others.
func setCollation(s *settings, v string) error {
	if !strings.HasPrefix(v, charset+"_") || !isName(v) {
		return errors.New("must be a collation of utf8mb4")
	}
	s.vars["collation_connection"] = v
	return nil
}

func setSocket(s *settings, v string) error {
	if s.hosted || v == "" {
		return errors.New("must be a path, in a URL without a host")
	}
	s.cfg.Net, s.cfg.Addr = "unix", v
	return nil
}

func setTLS(s *settings, v string) error {
	words := []string{"skip-verify", "preferred", "true", "false"}
	if lower := strings.ToLower(v); slices.Contains(words, lower) {
		v = lower // otherwise it is a name of mysql.RegisterTLSConfig
	}
	s.cfg.TLSConfig = v
	return nil
}

// variablePrefix begins the parameters that set a variable of the server.
const variablePrefix = "set."

// ownVariables are those that the driver sets, and why.
var ownVariables = map[string]string{
	"autocommit":               "transactions depend on it",
	"character_set_client":     owned["charset"],
	"character_set_connection": owned["charset"],
	"character_set_results":    owned["charset"],
	"collation_connection":     owned["charset"],
	"time_zone":                owned["loc"],
}

// setVariable sets a variable of the server for every connection.
func (s *settings) setVariable(name, value string) error {
	if why := ownVariables[name]; why != "" {
		return fmt.Errorf("mysql: the driver sets the variable %s itself: %s", name, why)
	}
	if !isName(name) {
		return fmt.Errorf("mysql: %q is no name of a variable", name)
	}
	if name == "" || strings.ContainsAny(value, "\\\x00") {
		return fmt.Errorf("mysql: the variable %q cannot be set to %q", name, value)
	}
	if _, err := strconv.ParseFloat(value, 64); err != nil {
		value = "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	s.vars[name] = value
	return nil
}

func isName(s string) bool {
	return strings.Trim(s, "_abcdefghijklmnopqrstuvwxyz0123456789") == ""
}
