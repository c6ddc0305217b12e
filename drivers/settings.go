package drivers

import (
	"encoding/binary"
	"iter"
	"strings"
)

// Settings are variables of the database by name, set for one transaction. It
// is a value like a string: it never changes, and == compares what is set. The
// zero value sets nothing.
type Settings struct {
	// packed has name and value of each in turn, each after its length, in the
	// order of the names.
	packed string
}

// With returns s with one variable more, or with another value for it.
func (s Settings) With(name, value string) Settings {
	packed := make([]byte, 0, len(s.packed)+len(name)+len(value)+2*binary.MaxVarintLen32)
	added := false
	add := func() {
		if !added {
			packed = pack(pack(packed, name), value)
			added = true
		}
	}
	for n, v := range s.All() {
		if n >= name {
			add()
		}
		if n != name {
			packed = pack(pack(packed, n), v)
		}
	}
	add()
	return Settings{string(packed)}
}

func pack(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

func unpack(from string) (text, rest string) {
	var head [binary.MaxVarintLen32]byte
	n, width := binary.Uvarint(head[:copy(head[:], from)])
	from = from[width:]
	return from[:n], from[n:]
}

// All yields the names, in order, with their values.
func (s Settings) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for rest := s.packed; rest != ""; {
			var name, value string
			name, rest = unpack(rest)
			value, rest = unpack(rest)
			if !yield(name, value) {
				return
			}
		}
	}
}

// Get returns the value of a variable, and whether it is set.
func (s Settings) Get(name string) (value string, ok bool) {
	for n, v := range s.All() {
		if n == name {
			return v, true
		}
	}
	return "", false
}

// Len is the number of variables.
func (s Settings) Len() (n int) {
	for range s.All() {
		n++
	}
	return n
}

// String lists the names. The values are left out: they may be nobody's
// business.
func (s Settings) String() string {
	var names []string
	for name := range s.All() {
		names = append(names, name)
	}
	return "[" + strings.Join(names, " ") + "]"
}
