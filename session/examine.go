package session

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
)

// Examination is what was found out about a database and the way to it.
type Examination = drivers.Examination

// Examine looks at the database, its settings and the way to it for what can
// bite a program, and says of each such thing why it does and what to do. It
// changes nothing. It asks as many questions as it likes, so it is for people
// and start-up checks, not for health checks; those have [Engine.Ping]. A driver
// that cannot is refused with [ErrUnsupported].
func (e *Engine) Examine(ctx context.Context) (*Examination, error) {
	l, err := e.acquire(ctx, &TxOptions{ReadOnly: e.desc.Capabilities.ReadOnly}, nil, here(0), true)
	if err != nil {
		return nil, err
	}
	defer e.giveBack(l)
	x, err := examiner(e.desc, l.conn)
	if err != nil {
		return nil, err
	}
	found, err := x.Examine(ctx)
	if err != nil {
		return nil, e.wrap("examine the database", "", err)
	}
	return found, nil
}
