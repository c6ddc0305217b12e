package migratecli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/report"
	"github.com/sqlscope/sqlscope/session"
)

// decision is what a person has found out.
type decision struct{ happened, not, done, undone bool }

func (d *decision) flags() []cli.Flag {
	return []cli.Flag{
		yes("happened", &d.happened, "the statement whose end is not known took effect"),
		yes("not-happened", &d.not, "it did not"),
		yes("done", &d.done, "the rest of the migration was done by hand"),
		yes("undone", &d.undone, "what the migration did was undone by hand"),
	}
}

// resolution is the only one that was given.
func (d *decision) resolution() (how migrate.Resolution, err error) {
	n := 0
	for i, given := range []bool{d.happened, d.not, d.done, d.undone} {
		if given {
			how = migrate.Happened + migrate.Resolution(i)
			n++
		}
	}
	if n != 1 {
		return 0, usage(errors.New("give one of --happened, --not-happened, --done and --undone"))
	}
	return how, nil
}

func (c *call) resolve() *cli.Command {
	var d decision
	return c.leaf(leaf{name: "resolve", help: "say what became of a migration that is half done",
		args: "VERSION", min: 1, max: 1, flags: d.flags(),
		more: "It runs nothing: it writes into the history what a person has found out. A repeatable " +
			"migration is given by its name.",
		do: func(ctx context.Context, args []string) error { return c.runResolve(ctx, &d, args[0]) }})
}

func (c *call) runResolve(ctx context.Context, d *decision, which string) error {
	how, err := d.resolution()
	if err != nil {
		return err
	}
	return c.withMigrator(ctx, func(m *migrate.Migrator) error {
		err := m.Resolve(ctx, which, how, c.opts.source)
		if err == nil && c.talks() {
			fmt.Fprintln(c.out.W, "resolved", which)
		}
		return err
	})
}

// unlockData is whose connection was ended.
type unlockData struct {
	Holder *holder `json:"holder"`
}

// holder is who has a lock.
type holder struct {
	Connection  string    `json:"connection"`
	User        string    `json:"user,omitempty"`
	Host        string    `json:"host,omitempty"`
	Application string    `json:"application,omitempty"`
	Since       time.Time `json:"since,omitzero"`
}

func holderOf(h *session.LockHolder) *holder { return (*holder)(h) }

func (c *call) unlock() *cli.Command {
	var sure bool
	return c.leaf(leaf{name: "unlock", help: "end the connection of whoever is migrating",
		flags: []cli.Flag{yes("yes", &sure, "do it; without, it is only shown who it is")},
		more: "Locks go with their connections, so this is needed only against somebody who hangs. What can be " +
			"rolled back is.",
		do: func(ctx context.Context, _ []string) error { return c.runUnlock(ctx, sure) }})
}

func (c *call) runUnlock(ctx context.Context, sure bool) error {
	return c.withMigrator(ctx, func(m *migrate.Migrator) error {
		if !sure {
			return c.showRunning(ctx, m)
		}
		h, err := m.Unlock(ctx, c.opts.source)
		return c.unlocked(h, err)
	})
}

// unlocked shows whose connection was ended.
func (c *call) unlocked(h *session.LockHolder, err error) error {
	c.data = &unlockData{holderOf(h)}
	if err == nil && c.talks() {
		report.Unlocked(c.out, h)
	}
	return err
}

// showRunning says who would be interrupted.
func (c *call) showRunning(ctx context.Context, m *migrate.Migrator) error {
	st, err := m.Status(ctx)
	switch {
	case err != nil:
		return err
	case len(st.Running) == 0:
		return c.unlocked(nil, nil)
	}
	return &coded{Refused, fmt.Errorf("%s; give --yes to end this connection", st.Running[0].String())}
}
