package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/session"
)

// load puts a list of vendors and devices in the format of pci.ids into the
// catalogue, in one transaction.
func load(ctx context.Context, engine *session.Engine, list string) error {
	return engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		return loadInto(ctx, store{s}, list)
	})
}

func loadInto(ctx context.Context, db store, list string) error {
	vendor, number := "", 0
	for line := range strings.Lines(list) {
		number++
		id, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		var err error
		switch {
		case line[0] == '#':
		case !ok || line[0] == '\t' && vendor == "":
			err = fmt.Errorf("%q is neither a vendor nor a device of one", line)
		case line[0] == '\t':
			err = db.addDevice(ctx, vendor, id, name)
		default:
			vendor = id
			err = db.addVendor(ctx, id, name)
		}
		if err != nil {
			return fmt.Errorf("line %d of the catalogue: %w", number, err)
		}
	}
	return nil
}
