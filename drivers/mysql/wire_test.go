package mysql

import (
	"net"
	"testing"
)

func TestTheGreetingIsReadHoweverItIsCut(t *testing.T) {
	greeting := "\x4a\x00\x00\x00\x0a5.5.5-10.11.19-MariaDB\x00\x2a\x01\x00\x00scramble"
	for _, step := range []int{1, 2, 7, len(greeting)} {
		w := &wire{}
		for at := 0; at < len(greeting); at += step {
			if w.greeted {
				break
			}
			w.greet([]byte(greeting[at:min(at+step, len(greeting))]))
		}
		if !w.greeted || w.id != 0x12a || w.version != "5.5.5-10.11.19-MariaDB" || !w.isMariaDB() {
			t.Errorf("in pieces of %d: id %d, version %q", step, w.id, w.version)
		}
	}
}

func TestAnErrorInPlaceOfTheGreetingHasNoId(t *testing.T) {
	w := &wire{}
	w.greet([]byte("\x17\x00\x00\x00\xff\x10\x04Too many connections"))
	if !w.greeted || w.id != 0 || w.isMariaDB() {
		t.Errorf("%+v", w)
	}
}

func TestAWireWithoutASocketIsNotTakenForOne(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if _, ok := (&wire{Conn: a}).forLibrary().(*socketWire); ok {
		t.Error("a pipe is a socket")
	}
}
