package postgres

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

var errSimpleProtocol = errors.New("postgres: default_query_exec_mode=simple_protocol puts " +
	"arguments into the SQL text and cannot pipeline; " +
	"use exec or cache_describe behind a connection pooler")

// parseURL checks what pgx would let pass: it sends every parameter that it
// does not know to the server, which refuses the connection, much later.
func parseURL(url string) (*pgxpool.Config, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, withoutURL(err)
	}
	if err := checkParameters(cfg.RuntimeParams); err != nil {
		return nil, err
	}
	if cfg.DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
		return nil, errSimpleProtocol
	}
	pool, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, withoutURL(err)
	}
	return pool, nil
}

// withoutURL keeps pgx's reason and nothing of the URL: what cannot be parsed
// cannot be masked with certainty, and pgx's error carries the whole of it.
func withoutURL(err error) error {
	text := err.Error()
	if strings.Contains(text, "failed to parse as URL") {
		return errors.New("postgres: the URL cannot be parsed; characters such as / ? # @ and " +
			"spaces in a user or password must be percent-encoded")
	}
	const end = "`: "
	if i := strings.LastIndex(text, end); i >= 0 {
		return errors.New("postgres: URL: " + text[i+len(end):])
	}
	return errors.New("postgres: the URL cannot be used")
}

func checkParameters(params map[string]string) error {
	var errs []error
	for name := range params {
		if err := checkParameter(name); err != nil {
			errs = append(errs, err)
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

func checkParameter(name string) error {
	switch {
	case strings.Contains(name, "."), slices.Contains(serverParameters, strings.ToLower(name)):
		return nil // a name with a dot belongs to an extension or to the application
	case strings.HasPrefix(name, "pool_"):
		return fmt.Errorf("postgres: URL parameter %q: the pool is configured by session.Options", name)
	}
	return fmt.Errorf("postgres: unknown URL parameter %q; did you mean %q?", name, nearest(name))
}

// address says which database it is, without user and password.
func address(cfg *pgconn.Config) string {
	where := net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	if strings.HasPrefix(cfg.Host, "/") {
		where = cfg.Host
	}
	return where + "/" + cfg.Database
}
