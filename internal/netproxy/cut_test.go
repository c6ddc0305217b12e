package netproxy_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/netproxy"
)

func contains(word string) func([]byte) bool {
	return func(request []byte) bool { return bytes.Contains(request, []byte(word)) }
}

func TestACutDropsTheConnectionAtItsPhase(t *testing.T) {
	for _, test := range []struct {
		phase      netproxy.Phase
		serverKnew bool
	}{
		{netproxy.Before, false},
		{netproxy.During, true},
		{netproxy.After, true},
	} {
		for _, delay := range []time.Duration{0, time.Millisecond} {
			t.Run(test.phase.String()+" with delay "+delay.String(), func(t *testing.T) {
				p, server := newProxy(t)
				p.SetDelay(delay)
				conn := dial(t, p)
				fired := p.CutNext(test.phase, contains("COMMIT"))
				exchange(t, conn, "INSERT;")
				if !pending(fired) {
					t.Fatal("it fired for a request that does not match")
				}
				send(t, conn, "COMMIT;")
				expectReset(t, conn)
				await(t, "the cut", fired)
				if test.serverKnew {
					waitUntil(t, func() bool { return server.received() == "INSERT;COMMIT;" })
				} else if got := server.received(); got != "INSERT;" {
					t.Errorf("the server received %q", got)
				}
				exchange(t, dial(t, p), "COMMIT;") // a cut fires once
			})
		}
	}
}

func TestACutLeavesOtherConnectionsAlone(t *testing.T) {
	p, _ := newProxy(t)
	victim, other := dial(t, p), dial(t, p)
	exchange(t, other, "hello")
	fired := p.CutNext(netproxy.Before, contains("victim"))
	exchange(t, other, "other")
	send(t, victim, "victim")
	await(t, "the cut", fired)
	exchange(t, other, "other again")
}

func TestAMatchSeesTheWholeRequestThoughItCameInPieces(t *testing.T) {
	p, _ := newProxy(t)
	conn := dial(t, p)
	exchange(t, conn, "ping")
	p.Stall(true) // no answer in between: the pieces are one request
	fired := p.CutNext(netproxy.Before, contains("COMMIT"))
	send(t, conn, "COM")
	waitUntil(t, func() bool { return p.RoundTrips() == 2 })
	send(t, conn, "MIT")
	await(t, "the cut", fired)
}

func TestAMatchMayArmTheNextCut(t *testing.T) {
	p, _ := newProxy(t)
	conn := dial(t, p)
	var second <-chan struct{}
	first := p.CutNext(netproxy.Before, func([]byte) bool {
		second = p.CutNext(netproxy.Before, nil)
		return true
	})
	send(t, conn, "first")
	await(t, "the first cut", first)
	send(t, dial(t, p), "second")
	await(t, "the second cut", second)
}

func TestADisarmedCutNeverFires(t *testing.T) {
	p, _ := newProxy(t)
	fired := p.CutNext(netproxy.Before, nil)
	p.Disarm()
	exchange(t, dial(t, p), "ping")
	if !pending(fired) {
		t.Error("it fired")
	}
}

func TestAnUnknownPhasePanicsWithItsName(t *testing.T) {
	p, _ := newProxy(t)
	defer func() {
		if got := recover(); got != "netproxy: CutNext with an unknown Phase(7)" {
			t.Errorf("recovered %v", got)
		}
	}()
	p.CutNext(netproxy.Phase(7), nil)
}
