package engine

import (
	"bytes"
	"context"
	"fmt"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// Running returns nil while the container runs, and an error with the end of
// its log when it has ended.
func (c *Container) Running(ctx context.Context) error {
	return c.engine.Running(ctx, c.ID)
}

// Running is [Container.Running] for a container of which only the id is known.
func (e *Engine) Running(ctx context.Context, id string) error {
	info, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return err
	}
	if info.Container.State != nil && info.Container.State.Running {
		return nil
	}
	return fmt.Errorf("the container has ended: %s", e.logTail(ctx, id))
}

// logTail returns the end of the container's log, or why it cannot be read.
func (e *Engine) logTail(ctx context.Context, id string) string {
	options := client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Tail: "5"}
	logs, err := e.api.ContainerLogs(ctx, id, options)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = logs.Close() }()
	var text bytes.Buffer
	_, _ = stdcopy.StdCopy(&text, &text, logs)
	return lastLines(text.Bytes(), 3)
}
