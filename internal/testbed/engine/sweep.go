package engine

import (
	"context"
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/sqlscope/sqlscope/internal/testbed/local"
)

// List returns the containers of the testbed, also stopped ones, that carry all the given labels.
func (e *Engine) List(ctx context.Context, want map[string]string) ([]container.Summary, error) {
	filters := make(client.Filters).Add("label", LabelPID)
	for name, value := range want {
		filters.Add("label", name+"="+value)
	}
	found, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	return found.Items, err
}

// RemoveOwn removes every container that this process started.
func (e *Engine) RemoveOwn(ctx context.Context) error {
	own := map[string]string{LabelPID: strconv.Itoa(os.Getpid()), LabelHost: hostname()}
	found, err := e.List(ctx, own)
	if err != nil {
		return err
	}
	return e.removeAll(ctx, found)
}

// RemoveStale removes the containers of earlier runs that were killed before
// they could clean up, and returns how many there were.
func (e *Engine) RemoveStale(ctx context.Context) (int, error) {
	found, err := e.List(ctx, nil)
	if err != nil {
		return 0, err
	}
	var forgotten []container.Summary
	for _, c := range found {
		if stale(c.Labels, time.Now(), local.Alive) {
			forgotten = append(forgotten, c)
		}
	}
	return len(forgotten), e.removeAll(ctx, forgotten)
}

// removeAll removes the containers with their volumes and goes on after errors.
func (e *Engine) removeAll(ctx context.Context, containers []container.Summary) error {
	var errs []error
	for _, c := range containers {
		_, err := e.api.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		// Another testbed may be sweeping at the same time.
		if err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
