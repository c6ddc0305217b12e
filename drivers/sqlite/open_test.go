package sqlite_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
)

func TestOpenTouchesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	openPool(t, "sqlite:///"+path, 2)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestOpenRefusesABadURLAndNoConnections(t *testing.T) {
	for _, cfg := range []drivers.Config{
		{URL: "sqlite:///a?b=c", Pool: drivers.PoolOptions{MaxConns: 1}},
		{URL: memory},
	} {
		if _, err := sqlite.Driver.Open(t.Context(), cfg); err == nil ||
			!strings.HasPrefix(err.Error(), "sqlite: ") {
			t.Errorf("got %v", err)
		}
	}
}

func TestFileNamesMayHoldAnyCharacter(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a?b.db", "a#b.db", "100%.db", "a%20b.db", "with space.db",
		"größe.db", "a&b=c.db", "'\".db"} {
		c := writer(t, openPool(t, "sqlite:///"+url.PathEscape(filepath.Join(dir, name)), 1))
		c.run(exec("CREATE TABLE t (a)"))
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestARelativePathIsFoundAfterAChangeOfTheWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	p := openPool(t, "sqlite:///test.db", 1)
	t.Chdir(t.TempDir())
	writer(t, p).run(exec("CREATE TABLE t (a)"))
	if _, err := os.Stat(filepath.Join(dir, "test.db")); err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrongWithAFileIsSaidWhenConnecting(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	const lost = drivers.KindConnLost
	for path, want := range map[string]struct {
		text string
		kind drivers.Kind
	}{
		dir + "/missing/a.db":     {"the directory " + dir + "/missing does not exist", lost},
		dir:                       {"it is a directory", lost},
		dir + "/b.db?mode=rw":     {"does not exist, and mode=rw does not create it", lost},
		dir + "/b.db?mode=ro":     {"does not exist, and mode=ro does not create it", lost},
		text:                      {"file is not a database", drivers.KindUnknown},
		text + "?mode=ro":         {"file is not a database", drivers.KindUnknown},
		"/dev/null/nonsense/a.db": {"unable to open", lost},
	} {
		p := openPool(t, "sqlite:///"+path, 1)
		_, err := p.Acquire(t.Context(), drivers.Need{})
		if err == nil || !strings.Contains(err.Error(), want.text) {
			t.Errorf("%s: got %v, want an error with %q", path, err, want.text)
		}
		if got := p.Classify(err).Kind; got != want.kind {
			t.Errorf("%s: kind %v, want %v", path, got, want.kind)
		}
		if err != nil && strings.Contains(err.Error(), "out of memory") {
			t.Errorf("%s: misleading: %v", path, err)
		}
	}
}

func TestADatabaseOpenedReadOnlyRefusesWrites(t *testing.T) {
	for _, journal := range []string{"WAL", "DELETE"} {
		url := fileURL(t)
		writer(t, openPool(t, url+"?journal_mode="+journal, 1)).run(exec("CREATE TABLE t (a)"))
		p := openPool(t, url+"?mode=ro", 2)
		w := writer(t, p)
		w.fail(drivers.KindReadOnly, begin, exec("INSERT INTO t VALUES (1)"))
		w.run(rollback)
		if n := one[int](reader(t, p), "SELECT count(*) FROM t"); n != 0 {
			t.Error(n)
		}
	}
}

func TestConnectionsAreSetUpAsTheURLSays(t *testing.T) {
	p := openPool(t, fileURL(t), 2)
	for _, c := range []*client{writer(t, p), reader(t, p)} {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "1", "foreign_keys": "1",
		} {
			if got := one[string](c, "PRAGMA "+pragma); got != want {
				t.Errorf("%s is %s, want %s", pragma, got, want)
			}
		}
	}
	const parameters = "?journal_mode=TRUNCATE&synchronous=FULL&foreign_keys=off&cache_size=99"
	c := writer(t, openPool(t, fileURL(t)+parameters, 2))
	for pragma, want := range map[string]string{
		"journal_mode": "truncate", "synchronous": "2", "foreign_keys": "0", "cache_size": "99",
	} {
		if got := one[string](c, "PRAGMA "+pragma); got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}

func TestManyWhoOpenANewDatabaseTogetherAllSucceed(t *testing.T) {
	for range 20 {
		url := fileURL(t)
		var pools []drivers.Pool
		for range 8 { // as eight processes would
			pools = append(pools, openPool(t, url, 2))
		}
		var all sync.WaitGroup
		for i, p := range pools {
			all.Go(func() {
				c, err := p.Acquire(t.Context(), drivers.Need{ReadOnly: i%2 == 1})
				if err != nil {
					t.Error(err)
					return
				}
				c.Release()
			})
		}
		all.Wait()
	}
}

func TestAWriterAndReadersHaveConnectionsOfTheirOwn(t *testing.T) {
	p := openPool(t, fileURL(t), 3)
	writer(t, p)
	reader(t, p)
	reader(t, p)
	if s := p.Stats(); s != (drivers.PoolStats{Open: 3, Opened: 3}) {
		t.Errorf("stats are %+v", s)
	}
	d := p.Describe()
	if d.MaxConns != 3 || !d.Capabilities.SingleWriter || !strings.HasSuffix(d.Address, "test.db") {
		t.Errorf("description is %+v", d)
	}
}

func TestADatabaseInMemoryIsNeverClosedForItsAge(t *testing.T) {
	p, err := sqlite.Driver.Open(t.Context(), drivers.Config{URL: memory, Pool: drivers.PoolOptions{
		MaxConns: 4, MinIdleConns: 2,
		MaxConnLifetime: time.Nanosecond, MaxConnIdleTime: time.Nanosecond,
	}})
	if err != nil {
		t.Fatal(err)
	}
	c := writer(t, p)
	c.run(exec("CREATE TABLE t (a)"))
	c.Release()
	c = writer(t, p)
	one[int](c, "SELECT count(*) FROM t")
	c.Release()
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestUseAfterTheEndIsNamed(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.Release()
	c.state(drivers.TxLost)
	if _, err := c.try(t.Context(), begin); err == nil {
		t.Error("ran on a connection that was released")
	}
	defer func() {
		if got := recover(); got != "sqlite: connection released or destroyed twice" {
			t.Errorf("panic is %v", got)
		}
	}()
	c.Release()
}

func TestAFileThatWasReplacedIsOpenedAgain(t *testing.T) {
	url := fileURL(t)
	path := strings.TrimPrefix(url, "sqlite:///")
	p := openPool(t, url+"?journal_mode=DELETE", 1)
	c := writer(t, p)
	c.run(exec("CREATE TABLE t (a)"))
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	c.fail(drivers.KindReadOnly, exec("INSERT INTO t VALUES (1)"))
	c.Release()
	writer(t, p).run(exec("CREATE TABLE t (a)"))
}
