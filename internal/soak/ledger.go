package soak

import (
	"context"
	"errors"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// fate is what a worker knows of a row.
type fate uint8

const (
	pending fate = iota // the transaction has not ended
	present             // committed
	absent              // rolled back
	either              // the commit is unknown
)

// ledger are the rows of a worker since it last looked, and what it was told.
type ledger map[int64]fate

// auditAt is the number of rows after which the ledger is compared: it must not
// grow, or it would be what memory grows by.
const auditAt = 200

// end gives those that are pending the fate of their transaction.
func (l ledger) end(err error) {
	for id, f := range l {
		if f == pending {
			l[id] = fateOf(err)
		}
	}
}

func fateOf(err error) fate {
	switch {
	case err == nil:
		return present
	case errors.Is(err, session.ErrCommitUnknown):
		return either
	}
	return absent
}

// compare says where the database and the ledger differ.
func (l ledger) compare(ids []int64) (wrong []string) {
	there := make(map[int64]bool, len(ids))
	for _, id := range ids {
		there[id] = true
		if _, known := l[id]; !known {
			wrong = append(wrong, "a row is there that nobody has written")
		}
	}
	for id, f := range l {
		switch {
		case f == present && !there[id]:
			wrong = append(wrong, "a row that was committed is not there")
		case f == absent && there[id]:
			wrong = append(wrong, "a row that was rolled back is there")
		}
	}
	return wrong
}

// settle compares the ledger with the database, and begins a new one.
func (w *worker) settle(ctx context.Context) {
	ids, err := w.rows(ctx)
	if err != nil {
		w.say("an audit has failed: %v", err)
		return
	}
	for _, text := range w.ledger.compare(ids) {
		w.say("%s", text)
	}
	w.checked.Add(int64(len(w.ledger)))
	clear(w.ledger)
	w.floor = w.next
}

// tries is how often an audit is begun: connections are cut under it, too. The pause
// after each grows, 12 seconds in all: while a network is frozen a driver may refuse at
// once to open connections, because too many calls have not returned.
const (
	tries = 50
	pause = 10 * time.Millisecond
)

// rows are those that the worker has written since its last audit. What it wrote
// before is deleted: a commit that was unknown may have come late.
func (w *worker) rows(ctx context.Context) (ids []int64, err error) {
	for try := range tries {
		time.Sleep(time.Duration(try) * pause)
		err = w.engine.Do(ctx, func(ctx context.Context, s *session.Session) (err error) {
			_, err = s.Exec(ctx, "DELETE FROM soak_rows WHERE worker = ? AND id <= ?", w.number, w.floor)
			if err != nil {
				return err
			}
			ids, err = session.Collect[int64](ctx, s,
				"SELECT id FROM soak_rows WHERE worker = ? AND id > ?", w.number, w.floor)
			return err
		})
		if err == nil || !w.explained(err) {
			return ids, err
		}
	}
	return nil, err
}
