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
		if err := loadLine(ctx, db, &vendor, line); err != nil {
			return fmt.Errorf("line %d of the catalogue: %w", number, err)
		}
	}
	return nil
}

// loadLine loads a vendor, or a device of the vendor before it.
func loadLine(ctx context.Context, db store, vendor *string, line string) error {
	id, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
	switch {
	case line[0] == '#':
		return nil
	case !ok || line[0] == '\t' && *vendor == "":
		return fmt.Errorf("%q is neither a vendor nor a device of one", line)
	case line[0] == '\t':
		return db.addDevice(ctx, *vendor, id, name)
	}
	*vendor = id
	return db.addVendor(ctx, id, name)
}
