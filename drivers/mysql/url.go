package mysql

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	gomysql "github.com/go-sql-driver/mysql"
)

// The URL schemes.
const (
	schemeMySQL   = "mysql"
	schemeMariaDB = "mariadb"
)

const defaultPort = "3306"

var errURL = errors.New("mysql: the URL cannot be parsed; characters such as / ? # @ and " +
	"spaces in a user or password must be percent-encoded")

// parseURL translates a URL. No error carries what cannot be parsed: it may
// have the password in it.
func parseURL(raw string) (*settings, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errURL
	}
	s := &settings{cfg: gomysql.NewConfig(), vars: map[string]string{}}
	switch strings.ToLower(u.Scheme) {
	case schemeMySQL:
	case schemeMariaDB:
		s.opts.MariaDB = true
	default:
		return nil, fmt.Errorf("mysql: the URL must begin with %s:// or %s://", schemeMySQL,
			schemeMariaDB)
	}
	if u.Fragment != "" || !strings.HasPrefix(raw[len(u.Scheme):], "://") {
		return nil, errURL
	}
	if err := s.setPlace(u); err != nil {
		return nil, err
	}
	return s, s.setParameters(u.RawQuery)
}

// setPlace reads everything but the parameters.
func (s *settings) setPlace(u *url.URL) error {
	s.cfg.User = u.User.Username()
	s.cfg.Passwd, _ = u.User.Password()
	s.cfg.DBName = strings.TrimPrefix(u.Path, "/")
	if strings.Contains(s.cfg.DBName, "/") {
		return errors.New("mysql: the URL's path is no name of a database")
	}
	s.cfg.Net = "tcp"
	host, port := u.Hostname(), u.Port()
	if host == "" {
		host = "127.0.0.1"
	}
	if port == "" {
		port = defaultPort
	}
	s.cfg.Addr = net.JoinHostPort(host, port)
	s.hosted = u.Host != ""
	return nil
}

func (s *settings) setParameters(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("mysql: the URL's parameters cannot be parsed")
	}
	for name, given := range values {
		if len(given) > 1 {
			return fmt.Errorf("mysql: URL parameter %q is given %d times", name, len(given))
		}
		if err := s.setParameter(name, given[0]); err != nil {
			return err
		}
	}
	return nil
}

func (s *settings) setParameter(name, value string) error {
	if variable, ok := strings.CutPrefix(name, variablePrefix); ok {
		return s.setVariable(variable, value)
	}
	set, known := parameters[name]
	switch {
	case owned[name] != "":
		return fmt.Errorf("mysql: URL parameter %q: %s", name, owned[name])
	case !known:
		return fmt.Errorf("mysql: unknown URL parameter %q; known are %s, and %s<name> for the "+
			"server's variables", name, knownParameters(), variablePrefix)
	}
	if err := set(s, value); err != nil {
		return fmt.Errorf("mysql: URL parameter %s=%s: %w", name, value, err)
	}
	return nil
}

// address says which database it is, without user and password.
func (s *settings) address() string { return s.cfg.Addr + "/" + s.cfg.DBName }
