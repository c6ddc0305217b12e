package mysql_test

import (
	"errors"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

func TestAConnectionThatDiedInThePoolIsFoundOutBeforeAnythingIsSent(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	mustRun(t, c, begin, exec("DO 1"), commit)
	must(t, killOthers(t)(t.Context()))
	f, _, err := run(c, begin, exec("DO 2"))
	if p.Classify(err).Kind != drivers.KindConnLost || f.Sent != 0 {
		t.Fatalf("error %v, sent %d", err, f.Sent)
	}
	wantState(t, c, drivers.TxLost)
}

func TestACommitOnADeadConnectionIsNotSent(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	mustRun(t, c, begin, exec("DO 1"))
	must(t, killOthers(t)(t.Context()))
	f, _, err := run(c, commit)
	if p.Classify(err).Kind != drivers.KindConnLost || f.Sent != 0 {
		t.Fatalf("error %v, sent %d", err, f.Sent)
	}
}

func TestALostConnectionOutdatesThoseOfItsAge(t *testing.T) {
	p := open(t, dsn(t))
	a, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	b, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	must(t, killOthers(t)(t.Context()))
	if _, _, err := run(a, begin, exec("DO 1")); err == nil {
		t.Fatal("a dead connection works")
	}
	a.Release()
	b.Release()
	mustRun(t, acquire(t, p), begin, exec("DO 1"), commit)
	if s := p.Stats(); s.Opened != 3 {
		t.Errorf("%d connections were opened, want 3", s.Opened)
	}
}

func TestAPingFindsADeadConnection(t *testing.T) {
	p := open(t, dsn(t))
	c, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	c.Release()
	must(t, killOthers(t)(t.Context()))
	c, err = p.Acquire(t.Context(), drivers.Need{Verified: true})
	must(t, err)
	defer c.Release()
	mustRun(t, c, query("SELECT 1"))
}

func TestAReleasedConnectionRefusesToRun(t *testing.T) {
	c, err := open(t, dsn(t)).Acquire(t.Context(), drivers.Need{})
	must(t, err)
	c.Release()
	wantState(t, c, drivers.TxLost)
	if _, _, err := run(c, query("SELECT 1")); err == nil {
		t.Error("it runs")
	}
}

func TestAnErrorOfTheServerUnwrapsToTheLibrarys(t *testing.T) {
	p := open(t, dsn(t))
	_, _, err := run(acquire(t, p), exec("SELEC 1"))
	if e, ok := errors.AsType[*libraryError](err); !ok || e.Number != 1064 {
		t.Errorf("error %v", err)
	}
}
