package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// newLatch is the latch of a connection.
func newLatch(opts *options) *dialect.Latch {
	o := *opts
	o.path, o.mode = opts.path+dialect.LatchSuffix, "rwc"
	return &dialect.Latch{
		Path: o.path,
		Open: func(ctx context.Context) (dialect.LatchFile, error) {
			native, err := connect(ctx, o.dsn())
			if err != nil {
				return nil, o.explain(err)
			}
			return latchFile{native}, nil
		},
		Busy: func(err error) bool { return codeOf(err)&0xff == codeBusy },
	}
}

// latchFile implements [dialect.LatchFile].
type latchFile struct{ native driver.Conn }

func (l latchFile) Exec(sql string) error {
	_, err := l.native.(driver.ExecerContext).ExecContext(context.Background(), sql, nil)
	return err
}

func (l latchFile) Text(sql string) (string, error) { return ask(l.native, sql) }

func (l latchFile) Close() { _ = l.native.Close() }
