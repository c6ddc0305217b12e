package mysql

import (
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// closer is a connection of the library's that can be closed, and no more.
type closer struct {
	native
	closed bool
}

func (c *closer) Close() error { c.closed = true; return nil }

// place is the network connection of a wire at an address.
type place struct {
	net.Conn
	addr string
}

func (p place) RemoteAddr() net.Addr { return &net.UnixAddr{Name: p.addr} }

func wireTo(addr string, id uint32) *wire {
	return &wire{Conn: place{addr: addr}, greeted: true, id: id}
}

// kept puts sides with the ids back, as if they had been used.
func kept(t *testing.T, s *sides, addr string, ids ...uint32) []*closer {
	t.Helper()
	var all []*closer
	for _, id := range ids {
		c := &closer{}
		made := &side{c, wireTo(addr, id)}
		if err := s.add(made); err != nil {
			t.Fatal(err)
		}
		s.put(made)
		all = append(all, c)
	}
	return all
}

func TestAKillTakesTheOldestConnectionThatIsYoungerThanItsTarget(t *testing.T) {
	var s sides
	defer s.close()
	kept(t, &s, "a", 10, 30, 20)
	var got []uint32
	for _, target := range []uint32{15, 5, 25, 40} {
		if c := s.take(wireTo("a", target)); c != nil {
			got = append(got, c.wire.id)
		} else {
			got = append(got, 0)
		}
	}
	if want := []uint32{20, 10, 30, 0}; !slices.Equal(got, want) {
		t.Errorf("taken were %v, want %v", got, want)
	}
}

func TestAKillNeverTakesAConnectionToAnotherServer(t *testing.T) {
	var s sides
	defer s.close()
	kept(t, &s, "a", 10)
	if s.take(wireTo("b", 5)) != nil {
		t.Error("it leads to another address")
	}
	if s.take(&wire{Conn: place{addr: "a"}, id: 5}) != nil {
		t.Error("the target's id is not known")
	}
}

func TestConnectionsForKillsAreNoMoreThanPromisedAndCloseAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sides
		all := kept(t, &s, "a", 1, 2, 3, 4, 5)
		if !all[0].closed || all[1].closed || s.open != killers {
			t.Errorf("%d are open, want %d without the one that was idle for longest", s.open, killers)
		}
		time.Sleep(killKeep - 1)
		used := s.take(wireTo("a", 4))
		time.Sleep(2 * time.Nanosecond)
		synctest.Wait()
		if !all[3].closed || all[4].closed {
			t.Error("those that are idle must close, the one in use must not")
		}
		s.put(used)
		time.Sleep(killKeep + 1)
		synctest.Wait()
		if !all[4].closed || s.open != 0 {
			t.Errorf("%d are open after a while without a KILL", s.open)
		}
	})
}

func TestConnectionsForKillsEndWithThePool(t *testing.T) {
	var s sides
	idle := kept(t, &s, "a", 1, 2)
	used := s.take(wireTo("a", 0))
	s.close()
	if idle[0].closed || !idle[1].closed {
		t.Error("those that are idle must close, the one in use must not")
	}
	s.put(used)
	late := &closer{}
	if err := s.add(&side{late, wireTo("a", 3)}); err == nil || !late.closed || !idle[0].closed {
		t.Errorf("one is open after the end; error %v", err)
	}
}
