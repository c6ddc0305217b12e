package postgres

import (
	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	keptRequest = 64 << 10 // a larger buffer is not kept for the next request
	newRequest  = 512
)

// request collects the messages of one segment before any of them is sent, so
// that an argument that cannot be encoded sends none of them. It travels
// through pgconn's frontend as if it were one message.
type request struct{ buf []byte }

func (r *request) reset() {
	if cap(r.buf) == 0 || cap(r.buf) > keptRequest {
		r.buf = make([]byte, 0, newRequest)
	}
	r.buf = r.buf[:0]
}

// add appends what encode made. Encoding fails for a message of a gigabyte and
// more; the buffer is left as it was.
func (r *request) add(buf []byte, err error) error {
	if err != nil {
		return &argumentError{err}
	}
	r.buf = buf
	return nil
}

func (r *request) parse(name, sql string, oids []uint32) error {
	m := pgproto3.Parse{Name: name, Query: sql, ParameterOIDs: oids}
	return r.add(m.Encode(r.buf))
}

func (r *request) describeStatement(name string) error {
	m := pgproto3.Describe{ObjectType: 'S', Name: name}
	return r.add(m.Encode(r.buf))
}

func (r *request) describePortal() error {
	m := pgproto3.Describe{ObjectType: 'P'}
	return r.add(m.Encode(r.buf))
}

func (r *request) deallocate(name string) error {
	m := pgproto3.Close{ObjectType: 'S', Name: name}
	return r.add(m.Encode(r.buf))
}

func (r *request) bind(m *pgproto3.Bind) error { return r.add(m.Encode(r.buf)) }

func (r *request) execute() error {
	m := pgproto3.Execute{}
	return r.add(m.Encode(r.buf))
}

func (r *request) sync() error {
	m := pgproto3.Sync{}
	return r.add(m.Encode(r.buf))
}

// command appends a statement whose rows nobody wants, with arguments as text.
func (r *request) command(sql string, args ...[]byte) error {
	if err := r.parse("", sql, nil); err != nil {
		return err
	}
	if err := r.bind(&pgproto3.Bind{Parameters: args}); err != nil {
		return err
	}
	return r.execute()
}

// Frontend implements [pgproto3.FrontendMessage].
func (r *request) Frontend() {}

// Decode implements [pgproto3.FrontendMessage]; only servers decode requests.
func (r *request) Decode([]byte) error { return nil }

// Encode implements [pgproto3.FrontendMessage].
func (r *request) Encode(dst []byte) ([]byte, error) { return append(dst, r.buf...), nil }
