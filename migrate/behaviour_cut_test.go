package migrate_test

import (
	"errors"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/session"
)

// direct is the database's URL without what forwards a container's port. Such a
// forwarder would answer in the name of a client that is gone.
func (b *bed) direct() string {
	b.Helper()
	id := os.Getenv("SQLSCOPE_" + strings.ToUpper(b.kind) + "_CONTAINER")
	if id == "" {
		return b.url
	}
	address := strings.Fields(b.run("", "docker", "inspect", "-f",
		"{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", id))
	u, err := url.Parse(b.url)
	noErr(b, err)
	port := map[string]string{"postgres": "5432", "mysql": "3306"}[b.kind]
	u.Host = net.JoinHostPort(address[0], port)
	return u.String()
}

// holder is a run that will lose its network.
type holder struct {
	proxy *netproxy.Proxy
	done  chan error
	res   *migrate.Result
}

// holdUntilCut runs files through a proxy. When it comes to the event that is chosen, it
// waits there, if it shall, until the network is gone and the test lets it go on.
func (b *bed) holdUntilCut(t *testing.T, f files, chosen func(migrate.Event) bool, wait <-chan struct{}) *holder {
	t.Helper()
	proxy, url := testdsn.Proxied(t, b.direct())
	h := &holder{proxy: proxy, done: make(chan error, 1)}
	there := make(chan struct{})
	m := b.migratorOn(b.open(url, session.Options{MaxConns: 1}), f, migrate.Options{PeerTimeout: 4 * time.Second,
		OnEvent: func(e migrate.Event) {
			if chosen(e) {
				close(there)
				<-wait
			}
		}})
	go func() {
		var err error
		h.res, err = m.Up(t.Context())
		h.done <- err
	}()
	select {
	case <-there:
	case err := <-h.done:
		t.Fatalf("the holder ended: %v", err)
	}
	return h
}

// restore brings the network back, and has the holder learn what has become of it.
func (h *holder) restore(t *testing.T) {
	t.Helper()
	h.proxy.Stall(false)
	h.proxy.Cut()
	err := <-h.done
	equal(t, "applied by the first", versions(h.res.Applied), "1")
	if !errors.Is(err, session.ErrLockLost) {
		t.Errorf("the first was told %v", err)
	}
}

func now() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func TestBehaviour16ACutWhileTheHolderIsIdleFreesTheLockInTime(t *testing.T) {
	onEach(t, "postgres mysql", func(t *testing.T, b *bed) {
		goOn := make(chan struct{})
		f := files{"1_a.sql": table("a"), "2_b.sql": table("b"), "3_c.sql": table("c")}
		h := b.holdUntilCut(t, f, func(e migrate.Event) bool {
			return e.Kind == migrate.StepEnds && e.Step.Version == "1"
		}, goOn)
		noErr(t, h.proxy.Vanish())
		res := b.up(f, migrate.Options{LockWait: 40 * time.Second}) // by default it is held for 2 hours and more
		equal(t, "applied by the second", versions(res.Applied), "2 3")
		close(goOn)
		h.restore(t)
	})
}

func TestBehaviour17ACutWhileTheHolderIsBusyFreesTheLockAndUndoesTheStatement(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		f := files{"1_a.sql": table("a"), "2_b.sql": table("b") + "SELECT pg_sleep(300);", "3_c.sql": table("c")}
		h := b.holdUntilCut(t, f, func(e migrate.Event) bool {
			return e.Kind == migrate.StatementBegins && e.Step.Version == "2" && e.Number == 2
		}, now())
		await(t, "the statement runs", func() bool {
			return b.count("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(300)%' AND state = 'active' "+
				"AND pid <> pg_backend_pid()") > 0
		})
		noErr(t, h.proxy.Vanish())
		res := b.up(f.with("2_b.sql", table("d")), migrate.Options{LockWait: 60 * time.Second})
		equal(t, "applied by the second", versions(res.Applied), "2 3")
		b.wantTables("a c d", "b")
		h.restore(t)
	})
}
