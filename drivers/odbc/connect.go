//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"fmt"
	"strings"
	"unsafe"

	"github.com/alexbrainman/odbc/api"
)

// connect opens a connection for the pool. SQLDriverConnect cannot be cancelled:
// when the context ends first, it is left behind.
func (p *pool) connect(ctx context.Context) (*link, error) { return p.connectTo(ctx, p.connString) }

// connectTo opens a connection of that connection string.
func (p *pool) connectTo(ctx context.Context, text secret) (*link, error) {
	if err := p.makeRoom(ctx); err != nil {
		return nil, err
	}
	l := &link{pool: p, connString: text, dialect: p.dialect, params: &parameters{}, auto: true, generation: noGeneration}
	l.worker = newWorker(p, l.clean)
	_, err := l.worker.call(ctx, 0, false, l.dial)
	if err == nil {
		err = l.verify()
	}
	if err == nil {
		err = l.prepare(ctx)
	}
	if err == nil {
		return l, nil
	}
	if !wasAbandoned(err) {
		l.worker.retire()
	}
	if isLost(err) && ctx.Err() != nil {
		return nil, ctx.Err() // which connpool makes an error of its own of
	}
	return nil, err
}

// dial is the job that connects and allocates what the connection needs.
func (l *link) dial() error {
	h, err := allocate(api.SQL_HANDLE_DBC, api.SQLHANDLE(l.pool.env))
	if err != nil {
		return err
	}
	l.dbc = api.SQLHDBC(h)
	// For drivers that heed it; the pool does not wait longer in any case.
	setConnectAttr(l.dbc, attrLoginTimeout, uint(seconds(l.pool.opts.Pool.ConnectTimeout)))
	found, done := watchSockets(l.pool.port)
	r := l.driverConnect()
	defer done()
	if !succeeded(r) {
		return diagnose("connect", r, api.SQL_HANDLE_DBC, h)
	}
	l.connected, l.socket = true, found()
	l.socket.keepAlive()
	l.facts = facts{
		dbms: infoText(l.dbc, infoDBMS), driver: infoText(l.dbc, infoDriver),
		version: infoText(l.dbc, infoVersion),
		getData: infoNumber(l.dbc, infoGetData), level: infoNumber(l.dbc, infoDefaultLevel),
		levels: infoNumber(l.dbc, infoLevels), txn: infoShort(l.dbc, infoTxn),
	}
	return l.allocate()
}

func (l *link) driverConnect() api.SQLRETURN {
	if l.dialect.narrow {
		return connectNarrow(l.dbc, l.connString())
	}
	text := toUTF16NUL(nil, l.connString())
	return api.SQLDriverConnect(l.dbc, 0, (*api.SQLWCHAR)(unsafe.Pointer(&text[0])), api.SQL_NTS, nil, 0, nil,
		api.SQL_DRIVER_NOPROMPT)
}

// allocate makes the statement, and another one that SQLCancel is called on where
// that reaches the first.
func (l *link) allocate() error {
	h, err := allocate(api.SQL_HANDLE_STMT, api.SQLHANDLE(l.dbc))
	if err != nil {
		return err
	}
	aside := h
	if l.dialect.cancelAside {
		if aside, err = allocate(api.SQL_HANDLE_STMT, api.SQLHANDLE(l.dbc)); err != nil {
			free(api.SQL_HANDLE_STMT, h)
			return err
		}
	}
	l.aside = api.SQLHSTMT(aside)
	l.statement = newStatement(api.SQLHSTMT(h), l.aside, l.dbc, l.dialect)
	l.worker.hold(l.statement)
	return nil
}

// verify checks that the database is the one that the description speaks of.
func (l *link) verify() error {
	if len(l.dialect.dbms) == 0 {
		return nil
	}
	if d := byDBMS(l.facts.dbms); d == nil || d.name != l.dialect.name {
		return fmt.Errorf("odbc: the database is %q and not %s, which its ODBC driver's name stands for",
			l.facts.dbms, l.dialect.name)
	}
	if strings.Contains(strings.ToLower(l.facts.driver), "psqlodbca") {
		return fmt.Errorf("odbc: %s is the ANSI variant of psqlODBC, which loses characters; use the "+
			"Unicode variant", l.facts.driver)
	}
	return nil
}

// prepare brings a new connection into the state in which it waits for work.
func (l *link) prepare(ctx context.Context) error {
	for _, sql := range l.dialect.setup {
		if err := l.control(ctx, sql); err != nil {
			return err
		}
	}
	return l.setAuto(ctx, l.dialect.byHand)
}
