package engine

import (
	"context"

	"github.com/moby/moby/client"
)

// Restart stops the server in the container and starts it again, on the same
// port and with the same data. It returns when the container runs, which may be
// before the server answers.
func (e *Engine) Restart(ctx context.Context, id string) error {
	_, err := e.api.ContainerRestart(ctx, id, client.ContainerRestartOptions{})
	return err
}

// Kill ends the server in the container at once, as a crash would. Resume starts it again.
func (e *Engine) Kill(ctx context.Context, id string) error {
	_, err := e.api.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: "KILL"})
	return err
}

// Resume starts a container that was killed.
func (e *Engine) Resume(ctx context.Context, id string) error {
	_, err := e.api.ContainerStart(ctx, id, client.ContainerStartOptions{})
	return err
}

// Restart is the engine's Restart of this container.
func (c *Container) Restart(ctx context.Context) error { return c.engine.Restart(ctx, c.ID) }
