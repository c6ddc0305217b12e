//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// open makes a pool.
func open(ctx context.Context, s settings, opts Options) (*pool, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	s, err := s.expand(readFileDSN)
	if err != nil {
		return nil, err
	}
	driver, library := driverOf(s)
	if driver == "" {
		return nil, errNoDriver(s)
	}
	if err := refusePooling(driver); err != nil {
		return nil, err
	}
	p := &pool{opts: opts, done: make(chan struct{})}
	if p.dialect = byDriver(library); p.dialect == nil {
		p.dialect = byDriver(driver)
	}
	if p.env, err = newEnvironment(); err != nil {
		return nil, err
	}
	if p.dialect == nil {
		p.dialect, err = p.discover(ctx, s)
	}
	if err == nil {
		err = p.start(s)
	}
	if err != nil {
		p.free()
		return nil, err
	}
	return p, nil
}

// start takes over the connection string and makes the pool of connections.
func (p *pool) start(s settings) error {
	maxConns := p.opts.Pool.MaxConns
	if p.dialect.local != nil && p.dialect.local(s) {
		maxConns = 1
	}
	p.desc = p.dialect.describe(s, maxConns)
	if p.dialect.port != "" {
		p.port = portOf(s, p.dialect.port)
	}
	if p.dialect.prepare != nil {
		var err error
		if s, err = p.dialect.prepare(s); err != nil {
			return err
		}
	}
	p.connString, p.database = s.secret(), databaseOf(s)
	if p.dialect.besides && maxConns > 1 {
		p.latchString = besideOf(s, p.database).secret()
	}
	cfg := connpool.Config[*link]{
		Open:     p.connect,
		Close:    (*link).close,
		Options:  p.opts.Pool,
		MaxConns: maxConns,
	}
	if p.dialect.ping != "" {
		cfg.Ping = func(ctx context.Context, l *link) error { return l.ping(ctx) }
	}
	var err error
	p.conns, err = connpool.New(cfg)
	return err
}

// driverOf finds the name of the ODBC driver and its library, as far as they
// are known.
func driverOf(s settings) (name, library string) {
	name, ok := s.get("Driver")
	if !ok {
		if dsn, ok := s.get("DSN"); ok {
			name = profile(dsn, "Driver", "odbc.ini")
		}
	}
	return name, profile(name, "Driver", "odbcinst.ini")
}

func errNoDriver(s settings) error {
	if dsn, ok := s.get("DSN"); ok {
		return fmt.Errorf("odbc: there is no data source %q in odbc.ini", dsn)
	}
	return fmt.Errorf("odbc: the connection string has neither Driver=… nor DSN=…")
}

// refusePooling: a driver manager that pools does not disconnect, and hands a
// connection on with everything that was set on it.
func refusePooling(driver string) error {
	pooling := truth(profile("ODBC", "Pooling", "odbcinst.ini"))
	timeout := strings.TrimSpace(profile(driver, "CPTimeout", "odbcinst.ini"))
	if pooling != "1" || timeout == "" || timeout == "0" {
		return nil
	}
	return fmt.Errorf("odbc: the driver manager pools connections itself (odbcinst.ini has Pooling in [ODBC] and "+
		"CPTimeout=%s in [%s]): what is closed is not, and comes back with the settings of its last user; "+
		"remove CPTimeout", timeout, driver)
}

// discover connects once to ask what the database is.
func (p *pool) discover(ctx context.Context, s settings) (*dialect, error) {
	ctx, cancel := context.WithTimeout(ctx, p.opts.Pool.ConnectTimeout)
	defer cancel()
	p.dialect, p.connString = generic(traits{}), s.secret()
	l, err := p.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("odbc: the database cannot be told by its ODBC driver's name, and cannot be "+
			"asked: %w", err)
	}
	defer l.close()
	if d := byDBMS(l.facts.dbms); d != nil {
		return d, nil
	}
	t := traits{dbms: l.facts.dbms, txn: l.facts.txn, isolations: isolationsOf(l.facts.levels)}
	if t.txn == txnNone {
		return nil, fmt.Errorf("odbc: %s has no transactions", l.facts.dbms)
	}
	return generic(t), nil
}

func isolationsOf(bits uint32) (all []drivers.Isolation) {
	for _, level := range levels(drivers.ReadUncommitted, drivers.ReadCommitted, drivers.RepeatableRead,
		drivers.Serializable) {
		if uint(bits)&levelValues[level] != 0 {
			all = append(all, level)
		}
	}
	return all
}

// databaseOf is the database's name or file in the connection string, or in its
// data source.
func databaseOf(s settings) string {
	if name := s.first("Database", "DB", "Dbq"); name != "" {
		return name
	}
	if dsn, ok := s.get("DSN"); ok {
		return profile(dsn, "Database", "odbc.ini")
	}
	return ""
}

// besideOf is the connection string for the file beside a database.
func besideOf(s settings, database string) settings {
	return s.with("JournalMode", "DELETE").with("Timeout", "1").with("Database", database+known.LatchSuffix)
}

// portOf is the port in the connection string: Port=n, Server=host,n, or
// Server=host:n.
func portOf(s settings, usual string) string {
	if port := s.first("Port"); port != "" {
		return port
	}
	server := s.first("Server", "Servername", "Host")
	if i := strings.LastIndexAny(server, ",:"); i >= 0 {
		return strings.TrimSpace(server[i+1:])
	}
	if dsn, ok := s.get("DSN"); ok {
		if port := profile(dsn, "Port", "odbc.ini"); port != "" {
			return port
		}
	}
	return usual
}
