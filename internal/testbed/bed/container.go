package bed

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/internal/testbed/engine"
)

// startContainer connects to the engine, sees to the image and starts the
// container. It is removed when the bed goes down.
func startContainer(
	ctx context.Context, s Starter, img engine.Image, req engine.Request,
) (*engine.Container, error) {
	e, err := engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	sweep(ctx, s, e)
	req.Image, err = e.Ensure(ctx, img, s.Progress)
	if err != nil {
		return nil, err
	}
	s.OnDown(e.RemoveOwn)
	return e.Start(ctx, req)
}

// sweep removes what earlier runs left. When it cannot, this run goes on.
func sweep(ctx context.Context, s Starter, e *engine.Engine) {
	removed, err := e.RemoveStale(ctx)
	if removed > 0 {
		s.Progress(fmt.Sprintf("containers of an earlier run removed: %d", removed))
	}
	if err != nil {
		s.Progress("containers of an earlier run cannot be removed: " + err.Error())
	}
}
