package postgres

import "context"

// Watch implements [drivers.Watcher].
func (c *conn) Watch(ctx context.Context) (land func(error) error) {
	c.limit.takeOff(c.pg.TxStatus() != 'I')
	c.watch.start(ctx)
	return func(err error) error {
		if err != nil && c.pg.IsClosed() {
			err = &lostError{err}
		}
		return c.land(err)
	}
}
