package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
	"reflect"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"
)

// seenSlots bounds what a connection remembers of statements without arguments
// that it ran unprepared.
const seenSlots = 256

var seed = maphash.MakeSeed()

// statement is what the server said of a statement, and what follows from it.
type statement struct {
	sql  string
	name string // empty: the unnamed statement
	// flight is the one, counted by the connection, in which it was described.
	flight uint64
	// doubted are the types of the parameters that did not take an argument, if it
	// was described anew for that.
	doubted []uint32
	// params has nothing but the parameters' types: the builder would work out
	// the result formats anew for each run if it were given the fields.
	params  pgconn.StatementDescription
	fields  []pgconn.FieldDescription
	formats []int16
	columns []string

	plans      []pgtype.ScanPlan
	planTypes  []reflect.Type
	readers    []valueReader
	prev, next *statement // the ring of the cache, most recently used first
}

// describeRows takes the columns from the server's description.
func (s *statement) describeRows(types *pgtype.Map, m *pgproto3.RowDescription) {
	s.fields = copyFields(m)
	s.formats = make([]int16, len(s.fields))
	for i := range s.fields {
		s.formats[i] = formatOf(types, s.fields[i].DataTypeOID)
		s.fields[i].Format = s.formats[i]
	}
	s.columns = columnNames(s.fields)
}

// formatOf is the format in which values of a type are asked for: the one that
// pgx prefers, but text for what pgx decodes into values that it cannot spell
// as text; see textReader.
func formatOf(types *pgtype.Map, oid uint32) int16 {
	if t, ok := types.TypeForOID(oid); ok && !spellable(t) {
		return pgtype.TextFormatCode
	}
	return types.FormatCodeForOID(oid)
}

func spellable(t *pgtype.Type) bool {
	switch codec := t.Codec.(type) {
	case *pgtype.RangeCodec, *pgtype.MultirangeCodec, *pgtype.CompositeCodec:
		return false
	case *pgtype.ArrayCodec:
		return spellable(codec.ElementType)
	}
	return true
}

func copyFields(m *pgproto3.RowDescription) []pgconn.FieldDescription {
	fields := make([]pgconn.FieldDescription, len(m.Fields))
	for i := range m.Fields {
		f := &m.Fields[i]
		fields[i] = pgconn.FieldDescription{Name: string(f.Name), TableOID: f.TableOID,
			TableAttributeNumber: f.TableAttributeNumber, DataTypeOID: f.DataTypeOID,
			DataTypeSize: f.DataTypeSize, TypeModifier: f.TypeModifier, Format: f.Format}
	}
	return fields
}

func columnNames(fields []pgconn.FieldDescription) []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return names
}

// statementName depends on the text alone. Behind a pooler that shares server
// connections, a counter could meet another client's statement of the same
// name and run that; a digest meets the same text or nothing.
func statementName(sql string) string {
	sum := sha256.Sum256([]byte(sql))
	return "sqlscope_" + hex.EncodeToString(sum[:16])
}

// statements is the cache of one connection, least recently used out first.
type statements struct {
	capacity int
	byText   map[string]*statement
	ring     statement // ring.next is the most recently used
	evicted  []string  // names that the next request deallocates
	seen     [seenSlots]uint64
}

func (c *statements) init(capacity int) {
	c.capacity = capacity
	c.byText = make(map[string]*statement)
	c.ring.next, c.ring.prev = &c.ring, &c.ring
}

func (c *statements) get(sql string) *statement {
	s := c.byText[sql]
	if s != nil && c.ring.next != s {
		s.unlink()
		c.link(s)
	}
	return s
}

func (c *statements) put(s *statement) {
	c.drop(s.sql)
	c.byText[s.sql] = s
	c.link(s)
	for len(c.byText) > c.capacity {
		c.evict(c.ring.prev)
	}
}

func (c *statements) link(s *statement) {
	s.prev, s.next = &c.ring, c.ring.next
	s.prev.next, s.next.prev = s, s
}

func (s *statement) unlink() { s.prev.next, s.next.prev = s.next, s.prev }

func (c *statements) evict(s *statement) {
	s.unlink()
	delete(c.byText, s.sql)
	if s.name != "" {
		c.evicted = append(c.evicted, s.name)
	}
}

func (c *statements) drop(sql string) {
	if s := c.byText[sql]; s != nil {
		c.evict(s)
	}
}

// dropAll empties the cache. To deallocate what is gone already is no error.
func (c *statements) dropAll() {
	for c.ring.next != &c.ring {
		c.evict(c.ring.next)
	}
}

// forgetPlans makes every statement plan its scans again.
func (c *statements) forgetPlans() {
	for s := c.ring.next; s != &c.ring; s = s.next {
		s.plans, s.planTypes, s.readers = nil, nil, nil
	}
}

// firstTime reports whether sql was not seen lately. Statements that are run
// once, such as DDL, never fill the server's cache that way.
func (c *statements) firstTime(sql string) bool {
	hash := maphash.String(seed, sql)
	slot := &c.seen[hash%seenSlots]
	first := *slot != hash
	*slot = hash
	return first
}
