package scopedhttp_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// The bank has 8 accounts and 64 clients who move money between them, over
// HTTP. Many requests are cancelled, fail in the middle or panic; connections to
// the database are cut. In the end all money must be there, every transfer that
// a client was told of, and none that a client was told has failed.
const (
	accounts    = 8
	bankClients = 64
	eachHas     = 1000
)

// bankTime is how long the clients go on: SQLSCOPE_BANK, such as "1m".
func bankTime(t *testing.T) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(cmp.Or(os.Getenv("SQLSCOPE_BANK"), "2s"))
	must(t, err)
	return d
}

type bank struct {
	*scoped.Registry
	engine   *session.Engine
	sabotage string // what the handler does wrong, in tests of the test
}

func openBank(t *testing.T, url string) *bank {
	t.Helper()
	opts := session.Options{MaxConns: 8, Tx: session.TxOptions{Isolation: session.Serializable}, Logger: quiet}
	engine, err := session.Open(t.Context(), url, opts, sqlite.Driver, postgres.Driver, mysql.Driver)
	must(t, err)
	t.Cleanup(func() { must(t, engine.Close(context.Background())) })
	must(t, engine.RunSync(t.Context(), "bank", func(ctx context.Context, c *session.SyncConn) error {
		for _, sql := range []string{
			"DROP TABLE IF EXISTS bank_transfers", "DROP TABLE IF EXISTS bank_accounts",
			"CREATE TABLE bank_accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)",
			`CREATE TABLE bank_transfers (id INTEGER PRIMARY KEY, payer INTEGER NOT NULL,
				payee INTEGER NOT NULL, amount INTEGER NOT NULL)`,
		} {
			if _, err := c.Exec(ctx, sql); err != nil {
				return err
			}
		}
		for id := range accounts {
			if _, err := c.Exec(ctx, "INSERT INTO bank_accounts VALUES (?, ?)", id, eachHas); err != nil {
				return err
			}
		}
		return nil
	}))
	return &bank{Registry: scoped.New(engine), engine: engine}
}

// transfer is one of a client's requests, and what it was told.
type transfer struct {
	ID, Payer, Payee, Amount int
	fate                     string // what becomes of it: "", "leaves", "fails", "panics"
	status                   int    // 0: no answer
	unknown                  bool   // the answer says that it is unknown
}

var (
	errPoor  = errors.New("the payer has not enough")
	errFails = errors.New("on second thoughts")
)

// move reads both balances and writes what they become: only isolation keeps
// two transfers from losing money. It takes the accounts in their order, so that
// transfers do not wait for each other in a circle.
func (b *bank) move(ctx context.Context, tr transfer) error {
	change := map[int]int{tr.Payer: -tr.Amount, tr.Payee: tr.Amount}
	balance := map[int]int{}
	for _, id := range slices.Sorted(maps.Keys(change)) {
		var err error
		balance[id], err = session.One[int](ctx, b, "SELECT balance FROM bank_accounts WHERE id = ?", id)
		if err != nil {
			return err
		}
	}
	if balance[tr.Payer] < tr.Amount {
		return errPoor
	}
	for n, id := range slices.Sorted(maps.Keys(change)) {
		if n == 1 && tr.fate != "" { // now, with half of it done
			if err := b.befall(tr.fate); err != nil || b.sabotage == "swallows" {
				return err
			}
		}
		_, err := b.Exec(ctx, "UPDATE bank_accounts SET balance = ? WHERE id = ?", balance[id]+change[id], id)
		if err != nil {
			return err
		}
	}
	_, err := b.Exec(ctx, "INSERT INTO bank_transfers VALUES (?, ?, ?, ?)", tr.ID, tr.Payer, tr.Payee, tr.Amount)
	return err
}

func (b *bank) befall(fate string) error {
	switch {
	case fate == "fails" && b.sabotage != "swallows":
		return errFails
	case fate == "panics":
		panic(errFails)
	}
	return nil
}

// ServeHTTP moves money in the request's own transaction, or in one that is
// tried again.
func (b *bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tr := transfer{ID: number(r, "id"), Payer: number(r, "payer"), Payee: number(r, "payee"),
		Amount: number(r, "amount"), fate: r.FormValue("fate")}
	var err error
	if tr.ID%2 == 0 {
		err = b.move(r.Context(), tr)
	} else {
		err = b.Do(r.Context(), func(ctx context.Context) error { return b.move(ctx, tr) },
			scoped.RequiresNew, session.Retry{Within: 10 * time.Second, Attempts: -1})
	}
	if err != nil && b.sabotage != "lies" {
		refuseTransfer(w, r, err)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.FormValue(name))
	return n
}

// refuseTransfer is for errors of the handler and of the middleware.
func refuseTransfer(w http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusServiceUnavailable
	switch {
	case errors.Is(err, session.ErrCommitUnknown):
		w.Header().Set("Outcome", "unknown")
		status = http.StatusInternalServerError
	case errors.Is(err, errPoor):
		status = http.StatusConflict
	}
	w.WriteHeader(status)
}

// answersPanics stands outside of the middleware.
func answersPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// business lets the clients go on for a while, and returns what they sent and
// were told.
func (b *bank) business(t *testing.T) []transfer {
	t.Helper()
	opts := scopedhttp.Options{Error: refuseTransfer, Logger: quiet}
	srv := httptest.NewServer(answersPanics(scopedhttp.Middleware(b.Registry, opts)(b)))
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: bankClients}}
	defer client.CloseIdleConnections()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	end := time.Now().Add(bankTime(t))
	sent := make([][]transfer, bankClients)
	var all sync.WaitGroup
	for c := range sent {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(c)))
			for n := 0; time.Now().Before(end); n++ {
				tr := plan(random, n*bankClients+c)
				tr.send(client, srv.URL, random)
				sent[c] = append(sent[c], tr)
			}
		})
	}
	all.Wait()
	var told []transfer
	for _, s := range sent {
		told = append(told, s...)
	}
	return told
}

// plan makes up a transfer; 30 of 100 come to a bad end.
func plan(random *rand.Rand, id int) transfer {
	tr := transfer{ID: id, Payer: random.IntN(accounts), Amount: 1 + random.IntN(50)}
	tr.Payee = (tr.Payer + 1 + random.IntN(accounts-1)) % accounts
	switch n := random.IntN(100); {
	case n < 10:
		tr.fate = "leaves"
	case n < 20:
		tr.fate = "fails"
	case n < 30:
		tr.fate = "panics"
	}
	return tr
}

func (tr *transfer) send(client *http.Client, url string, random *rand.Rand) {
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	if tr.fate == "leaves" {
		// While it waits for a connection, or later, while statements run.
		patience := []time.Duration{20 * time.Millisecond, time.Second}[random.IntN(2)]
		defer time.AfterFunc(time.Duration(random.Int64N(int64(patience))), leave).Stop()
	}
	url += fmt.Sprintf("?id=%d&payer=%d&payee=%d&amount=%d&fate=%s", tr.ID, tr.Payer, tr.Payee, tr.Amount, tr.fate)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return
	}
	res, err := client.Do(req)
	if err != nil {
		return // no answer
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	tr.status, tr.unknown = res.StatusCode, res.Header.Get("Outcome") == "unknown"
}

// audit compares what the clients were told with what the database has.
func (b *bank) audit(t *testing.T, told []transfer) (faults []string) {
	t.Helper()
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	balances, kept := b.books(t)
	expected := map[int]int{}
	for id := range accounts {
		expected[id] = eachHas
	}
	for _, tr := range kept {
		expected[tr.Payer] -= tr.Amount
		expected[tr.Payee] += tr.Amount
	}
	for id, balance := range balances {
		if balance != expected[id] {
			fault("account %d has %d, its transfers come to %d", id, balance, expected[id])
		}
	}
	for _, tr := range told {
		_, there := kept[tr.ID]
		switch doomed := tr.fate == "fails" || tr.fate == "panics"; {
		case there && doomed:
			fault("transfer %d %s, and is in the database", tr.ID, tr.fate)
		case tr.status/100 == 2 && !there:
			fault("transfer %d was confirmed, and is not in the database", tr.ID)
		case tr.status >= 300 && !tr.unknown && there:
			fault("transfer %d was refused with %d, and is in the database", tr.ID, tr.status)
		}
	}
	if s := b.engine.Stats(); s.InUse != 0 || s.Forgotten != 0 {
		fault("the engine did not come to rest: %+v", s)
	}
	return faults
}

func (b *bank) books(t *testing.T) (balances map[int]int, kept map[int]transfer) {
	t.Helper()
	balances, kept = map[int]int{}, map[int]transfer{}
	must(t, b.Do(context.Background(), func(ctx context.Context) error {
		for id := range accounts {
			balance, err := session.One[int](ctx, b, "SELECT balance FROM bank_accounts WHERE id = ?", id)
			if err != nil {
				return err
			}
			balances[id] = balance
		}
		all, err := session.Collect[transfer](ctx, b, "SELECT id, payer, payee, amount FROM bank_transfers")
		for _, tr := range all {
			kept[tr.ID] = tr
		}
		return err
	}))
	return balances, kept
}

// tell counts the answers, so that a run shows what it has been through.
func tell(t *testing.T, told []transfer) (confirmed int) {
	t.Helper()
	answers := map[string]int{}
	for _, tr := range told {
		key := fmt.Sprintf("%d", tr.status)
		if tr.unknown {
			key += " unknown"
		}
		answers[strings.TrimSpace(tr.fate+" "+key)]++
	}
	t.Logf("%d requests: %v", len(told), answers)
	return answers["201"]
}

// cutting cuts connections until it is told to stop: all of them, or one at its
// next COMMIT. Between two cuts it lets the bank do some business.
func (b *bank) cutting(proxy *netproxy.Proxy) (stop func() (cuts int)) {
	end, cuts := make(chan struct{}), make(chan int, 1)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		last := b.engine.Stats().Commits
		for n := 0; ; {
			select {
			case <-end:
				proxy.Disarm()
				cuts <- n
				return
			case <-tick.C:
			}
			if now := b.engine.Stats().Commits; now >= last+20 {
				last = now
				cut(proxy, n)
				n++
			}
		}
	}()
	return func() int { close(end); return <-cuts }
}

func cut(proxy *netproxy.Proxy, n int) {
	if n%4 == 0 {
		proxy.Cut()
		return
	}
	phase := []netproxy.Phase{netproxy.Before, netproxy.During, netproxy.After}[n%3]
	proxy.CutNext(phase, func(sent []byte) bool {
		return bytes.Contains(bytes.ToUpper(sent), []byte("COMMIT"))
	})
}

func TestTheBankKeepsItsMoneyAndItsWord(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		b := openBank(t, onDisk(t))
		b.wantHonest(t, b.business(t))
	})
	for _, name := range []string{"postgres", "mysql"} {
		t.Run(name, func(t *testing.T) {
			proxy, url := testdsn.Proxied(t, testdsn.Get(t, name))
			b := openBank(t, url)
			stop := b.cutting(proxy)
			told := b.business(t)
			t.Logf("%d cuts; %+v", stop(), b.engine.Stats())
			b.wantHonest(t, told)
		})
	}
}

func onDisk(t *testing.T) string {
	return "sqlite:///" + filepath.ToSlash(t.TempDir()) + "/bank.db"
}

func (b *bank) wantHonest(t *testing.T, told []transfer) {
	t.Helper()
	for i, fault := range b.audit(t, told) {
		if i == 20 {
			t.Error("and more")
			break
		}
		t.Error(fault)
	}
	if tell(t, told) == 0 {
		t.Error("no transfer was confirmed: this run proves nothing")
	}
}

// The audit finds what is wrong when something is.
func TestTheAuditNoticesABankThatIsNotHonest(t *testing.T) {
	t.Setenv("SQLSCOPE_BANK", "300ms")
	for _, sabotage := range []string{"swallows", "lies"} {
		t.Run(sabotage, func(t *testing.T) {
			b := openBank(t, onDisk(t))
			b.sabotage = sabotage
			if told := b.business(t); len(b.audit(t, told)) == 0 {
				t.Error("the audit noticed nothing")
				tell(t, told)
			}
		})
	}
}
