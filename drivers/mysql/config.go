package mysql

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"strings"
	"time"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers"
)

// Cancel says how a statement is cancelled whose context ends.
type Cancel uint8

// The ways to cancel.
const (
	// CancelByKill sends KILL QUERY on a connection of its own. The connection
	// and its transaction live on.
	CancelByKill Cancel = iota
	// CancelByClose closes the connection, for proxies and load balancers that
	// lead a second connection to another server, where the first one's id
	// belongs to somebody else. The server may go on with the statement.
	CancelByClose
)

// Options are what [New] takes beside the library's configuration.
type Options struct {
	// Pool are the options of the pool; what is 0 has session.Options' defaults.
	Pool drivers.PoolOptions
	// MariaDB promises what only MariaDB can do, as the scheme mariadb does:
	// connecting to another server fails.
	MariaDB bool
	// Cancel says how statements are cancelled; default: CancelByKill.
	Cancel Cancel
	// Logger gets what the client library logs, at level Debug; default: nobody.
	Logger *slog.Logger
}

// New makes a pool from a configuration of the client library; hand it to
// session.New. Everything in cfg counts: TLS, BeforeConnect with passwords that
// rotate, DialFunc, Params. What this driver depends on is set, in a copy:
// ParseTime, ClientFoundRows, InterpolateParams, CheckConnLiveness, utf8mb4, UTC,
// MaxAllowedPacket, TimeTruncate and Logger. A cfg that asks for the opposite of what
// cannot be otherwise is an error.
func New(cfg *gomysql.Config, opts Options) (drivers.Pool, error) {
	if cfg == nil {
		return nil, errors.New("mysql: the configuration is nil")
	}
	s := &settings{cfg: cfg.Clone(), opts: opts, vars: map[string]string{}}
	if err := s.takeParams(); err != nil {
		return nil, err
	}
	return newPool(s)
}

// takeParams refuses contradictions.
func (s *settings) takeParams() error {
	c := s.cfg
	switch {
	case c.MultiStatements:
		return errors.New("mysql: Config.MultiStatements: " + owned["multiStatements"])
	case c.RejectReadOnly:
		return errors.New("mysql: Config.RejectReadOnly: " + owned["rejectReadOnly"])
	case c.Loc != nil && c.Loc != time.UTC:
		return errors.New("mysql: Config.Loc: " + owned["loc"])
	}
	for name, value := range c.Params {
		name = strings.ToLower(name)
		if why := ownVariables[name]; why != "" {
			return fmt.Errorf("mysql: Config.Params[%q]: the driver sets it itself: %s", name, why)
		}
		s.vars[name] = value
	}
	return s.takeCharset()
}

// takeCharset makes a collation a variable, as the URL's is, and refuses any
// charset but utf8mb4. The library shows its charsets in a DSN only.
func (s *settings) takeCharset() error {
	shown := s.cfg.Clone()
	shown.User, shown.Passwd, shown.Addr, shown.DBName = "", "", "", ""
	_, query, _ := strings.Cut(shown.FormatDSN(), "?")
	values, err := url.ParseQuery(query)
	if first, _, _ := strings.Cut(values.Get("charset"), ","); err != nil || first != "" && first != charset {
		return fmt.Errorf("mysql: Config with the charset %q: %s", first, owned["charset"])
	}
	if s.cfg.Collation == "" {
		return nil
	}
	if err := setCollation(s, s.cfg.Collation); err != nil {
		return fmt.Errorf("mysql: Config.Collation: %w", err)
	}
	s.cfg.Collation = ""
	return nil
}

// complete fills in what is 0, and what the driver depends on.
func (s *settings) complete() error {
	p := &s.opts.Pool
	p.MaxConns = cmp.Or(p.MaxConns, 8)
	p.PingTimeout = cmp.Or(p.PingTimeout, 2*time.Second)
	p.ConnectTimeout = cmp.Or(p.ConnectTimeout, 10*time.Second)
	p.CancelGrace = cmp.Or(p.CancelGrace, 2*time.Second)
	if s.opts.Logger == nil {
		s.opts.Logger = slog.New(slog.DiscardHandler)
	}
	c := s.cfg
	c.ParseTime, c.ClientFoundRows, c.InterpolateParams = true, true, true
	c.CheckConnLiveness, c.Loc = true, time.UTC
	// A statement larger than the server takes is then an error and not the end
	// of the connection; the library asks each connection for it.
	c.MaxAllowedPacket = 0
	c.Logger = libraryLog{s.opts.Logger}
	c.Params = s.variables()
	// The server would round, Postgres' drivers truncate.
	return c.Apply(gomysql.TimeTruncate(time.Microsecond))
}

// charset is every connection's. Where a backslash can be a part of another
// character, as in GBK, arguments that the library puts into the text could
// leave their quotes. A server may choose a charset by itself, by init_connect or
// --skip-character-set-client-handshake, so that it is set once more.
const charset = "utf8mb4"

// variables are what each connection sets, in one statement and in any order.
func (s *settings) variables() map[string]string {
	all := map[string]string{"autocommit": "0", "time_zone": "'+00:00'",
		"character_set_client": charset, "character_set_results": charset}
	if s.vars["collation_connection"] == "" {
		all["character_set_connection"] = charset
	}
	maps.Copy(all, s.vars)
	return all
}

// libraryLog takes what the library would write to standard error.
type libraryLog struct{ log *slog.Logger }

// Print implements the library's Logger.
func (l libraryLog) Print(v ...any) { l.log.Debug("mysql: " + fmt.Sprint(v...)) }
