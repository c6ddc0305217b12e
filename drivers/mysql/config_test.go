package mysql_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/session"
)

func TestAConfigurationThatIsHandedInServesASession(t *testing.T) {
	cfg := libraryConfig(t, dsn(t))
	password := cfg.Passwd
	cfg.Passwd = "outdated"
	var asked atomic.Int64
	must(t, cfg.Apply(gomysql.BeforeConnect(func(_ context.Context, c *gomysql.Config) error {
		asked.Add(1)
		c.Passwd = password
		return nil
	})))
	cfg.Params = map[string]string{"innodb_lock_wait_timeout": "7"}
	pool, err := mysql.New(cfg, mysql.Options{})
	must(t, err)
	e, err := session.New(pool, session.Options{})
	must(t, err)
	defer e.Close(context.Background())
	s := e.Session()
	defer s.Close()
	n, err := session.One[int](t.Context(), s, "SELECT @@innodb_lock_wait_timeout")
	must(t, err)
	equal(t, "the variable", n, 7)
	equal(t, "calls of BeforeConnect", asked.Load(), 1)
	ctx := soon(t, 50*time.Millisecond)
	_, err = s.Exec(ctx, "SELECT SLEEP(10)") // the KILL needs the password, too
	wantCancelled(ctx, t, err)
	if cfg.Params["autocommit"] != "" || cfg.DialFunc != nil {
		t.Error("the configuration that was handed in has changed")
	}
}

func TestALockTimeoutOfTheConfigurationIsRestoredAfterATransactionsOwn(t *testing.T) {
	c := acquire(t, open(t, with(t, dsn(t), "set.innodb_lock_wait_timeout", "7")))
	mustRun(t, c, beginWith(drivers.TxOptions{LockTimeout: time.Second}), exec("DO 1"), commit)
	_, values := mustRun(t, c, begin, query("SELECT @@innodb_lock_wait_timeout"))
	equal(t, "the variable", values[0], any(uint64(7)))
	mustRun(t, c, rollback)
}

func TestAConfigurationThatContradictsTheDriverIsRefused(t *testing.T) {
	for want, change := range map[string]func(*gomysql.Config){
		"MultiStatements": func(c *gomysql.Config) { c.MultiStatements = true },
		"RejectReadOnly":  func(c *gomysql.Config) { c.RejectReadOnly = true },
		"Loc":             func(c *gomysql.Config) { c.Loc = time.FixedZone("", 3600) },
		"autocommit":      func(c *gomysql.Config) { c.Params = map[string]string{"autocommit": "1"} },
		"nowhere":         func(c *gomysql.Config) { c.TLSConfig = "nowhere" },
	} {
		cfg := gomysql.NewConfig()
		change(cfg)
		if _, err := mysql.New(cfg, mysql.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := mysql.New(nil, mysql.Options{}); err == nil {
		t.Error("no error without a configuration")
	}
}

func TestAServerThatCannotBeReachedIsALostConnection(t *testing.T) {
	proxy, url := proxied(t)
	proxy.Refuse(true)
	p := open(t, url)
	_, err := p.Acquire(t.Context(), drivers.Need{})
	if got := p.Classify(err).Kind; got != drivers.KindConnLost {
		t.Errorf("error %v of kind %v", err, got)
	}
}

func TestAWrongPasswordIsAFaultOfPermission(t *testing.T) {
	url := strings.Replace(dsn(t), ":sqlscope@", ":wrong@", 1)
	if url == dsn(t) {
		t.Skip("the password is another one")
	}
	cfg := drivers.Config{URL: url, Pool: options(), Logger: slog.New(slog.DiscardHandler)}
	p, err := mysql.Driver.Open(t.Context(), cfg)
	must(t, err)
	defer closePool(t, p)
	_, err = p.Acquire(t.Context(), drivers.Need{})
	if got := p.Classify(err).Kind; got != drivers.KindPermission || strings.Contains(err.Error(), "wrong") {
		t.Errorf("error %v of kind %v", err, got)
	}
}

func TestACompressedConnectionWorksLikeOthers(t *testing.T) {
	c := acquire(t, open(t, with(t, dsn(t), "compress", "true")))
	name := items(t)
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	wantState(t, c, drivers.TxActive)
	ctx := soon(t, 50*time.Millisecond)
	_, _, err := runIn(ctx, c, exec("UPDATE "+name+" SET n = SLEEP(10)"))
	wantCancelled(ctx, t, err)
	mustRun(t, c, commit)
	wantCount(t, name, 1)
}
