package session

import "github.com/sqlscope/sqlscope/drivers"

// Share lets others use the session while the rows are open, for code that
// runs statements while it reads rows. Whoever needs the session next calls
// recall instead of being refused with [ErrRowsOpen]. It is called inside the
// session, so it must use the rows it is given and nothing of the session: it
// reads the rest into memory, say. When it returns nil the rows are closed;
// its error is part of the ErrRowsOpen that the other one gets.
func (r *Rows) Share(recall func(drivers.Rows) error) { r.recall = recall }

// Abandon lets go of the rows without entering the session, so that any
// goroutine may call it: whoever uses the session next closes them.
func (r *Rows) Abandon() { r.abandoned.Store(true) }

// makeRoom ends rows that are open if they give way.
func (u *unit) makeRoom() error {
	r := u.rows
	if r == nil {
		return nil
	}
	var err error
	if !r.abandoned.Load() {
		if r.recall == nil {
			return refuse(ErrRowsOpen, "close those of %q first, or read them with Collect", abridge(r.sql))
		}
		err = r.recall(r.rows)
	}
	if err != nil {
		return &failure{is: ErrRowsOpen, text: "those of \"" + abridge(r.sql) + "\"", cause: err}
	}
	_ = r.close() // its error has failed the transaction
	return nil
}

// occupied reports whether rows are open that nobody has let go of.
func (u *unit) occupied() bool {
	if u.rows != nil && u.rows.abandoned.Load() {
		_ = u.rows.close() // its error has failed the transaction
	}
	return u.rows != nil
}
