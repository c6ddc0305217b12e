package bed

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/internal/testbed/local"
)

// newHome makes the directory of a local server, which goes when the run ends.
func newHome(s Starter, name string) (*local.Home, error) {
	if removed := local.RemoveStale(); removed > 0 {
		s.Progress(fmt.Sprintf("directories of an earlier run removed: %d", removed))
	}
	home, err := local.NewHome(name)
	if err != nil {
		return nil, err
	}
	s.OnDown(func(context.Context) error { return home.Remove() })
	return home, nil
}
