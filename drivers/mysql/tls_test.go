package mysql_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers/drivertest"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/session"
)

// tlsDSN asks for TLS.
func tlsDSN(t testing.TB) string {
	t.Helper()
	cfg := libraryConfig(t, dsn(t))
	cfg.TLSConfig = "skip-verify"
	connector, err := gomysql.NewConnector(cfg)
	must(t, err)
	c, err := connector.Connect(t.Context())
	if errors.Is(err, gomysql.ErrNoTLS) {
		testdsn.Lacks(t, "mysql", "TLS")
	}
	must(t, err)
	must(t, c.Close())
	return with(t, dsn(t), "tls", "skip-verify")
}

// No proxy can read what it would have to cut.
func TestConformanceBehindTLS(t *testing.T) {
	conform(t, tlsDSN(t), drivertest.Faults{Kill: killOthers(t)})
}

// The connection that sends KILL is encrypted as well: an account may demand it.
func TestACancellationBehindTLSKeepsTheConnection(t *testing.T) {
	p := open(t, tlsDSN(t))
	c := acquire(t, p)
	_, values := mustRun(t, c, query("SHOW SESSION STATUS LIKE 'Ssl_cipher'"))
	if len(values) != 2 || values[1] == "" {
		t.Errorf("the connection is not encrypted: %v", values)
	}
	ctx := soon(t, 50*time.Millisecond)
	_, _, err := runIn(ctx, c, begin, query(endless))
	wantCancelled(ctx, t, err)
	mustRun(t, c, rollback)
	if s := p.Stats(); s.Opened != 1 {
		t.Errorf("%d connections were opened", s.Opened)
	}
}

func TestAConnectionThatDiedBehindTLSIsFoundOutBeforeAnythingIsSent(t *testing.T) {
	c := acquire(t, open(t, tlsDSN(t)))
	mustRun(t, c, begin, exec("DO 1"), commit)
	must(t, killOthers(t)(t.Context()))
	if f, _, err := run(c, begin, exec("DO 2")); err == nil || f.Sent != 0 {
		t.Errorf("error %v, sent %d", err, f.Sent)
	}
}

func TestACertificateOfTheConfigurationIsChecked(t *testing.T) {
	tlsDSN(t)
	cfg := libraryConfig(t, dsn(t))
	cfg.TLS = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"} // trusts nobody
	pool, err := mysql.New(cfg, mysql.Options{})
	must(t, err)
	e, err := session.New(pool, session.Options{})
	must(t, err)
	defer e.Close(context.Background())
	err = e.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "DO 1")
		return err
	})
	if err == nil {
		t.Error("a certificate that nobody vouches for is taken")
	}
}
