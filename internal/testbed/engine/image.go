package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// pullTimeout bounds one pull. It is generous: it is paid once per machine.
const pullTimeout = 10 * time.Minute

// Image says which image a database's container runs.
type Image struct {
	// Named is the image that the user asked for; empty means Public or Recipe.
	// An image asked for by name is never replaced by another one.
	Named string
	// Public is the image that is pulled by default.
	Public string
	// Recipe builds the same server where nothing can be pulled.
	Recipe Recipe
}

// Ensure returns the name of an image that is on the engine, pulling or
// building it when needed. Images that are here already win, so only the first
// run on a machine waits. The error lists everything that was tried.
func (e *Engine) Ensure(ctx context.Context, img Image, progress func(string)) (string, error) {
	if img.Named != "" {
		return img.Named, e.ensureNamed(ctx, img.Named, progress)
	}
	built, err := img.Recipe.Tag()
	if err != nil {
		return "", err
	}
	if name := e.firstHere(ctx, img.Public, built); name != "" {
		return name, nil
	}
	pullErr := e.pull(ctx, img.Public, progress)
	if pullErr == nil {
		return img.Public, nil
	}
	if err := e.build(ctx, img.Recipe, progress); err != nil {
		return "", errors.Join(pullErr, err)
	}
	return built, nil
}

// ensureNamed pulls the image unless it is here.
func (e *Engine) ensureNamed(ctx context.Context, name string, progress func(string)) error {
	if e.has(ctx, name) {
		return nil
	}
	return e.pull(ctx, name, progress)
}

// firstHere returns the first of the images that is on the engine, or "".
func (e *Engine) firstHere(ctx context.Context, names ...string) string {
	for _, name := range names {
		if e.has(ctx, name) {
			return name
		}
	}
	return ""
}

// has reports whether the image is on the engine. An engine that cannot say is
// asked again, with a better error, by the pull that follows.
func (e *Engine) has(ctx context.Context, name string) bool {
	_, err := e.api.ImageInspect(ctx, name)
	return err == nil
}

// pull does not use testcontainers' PullImage: that one goes on trying for a
// quarter of an hour when the registry's name does not resolve.
func (e *Engine) pull(ctx context.Context, name string, progress func(string)) error {
	progress("pulling image " + name)
	err := e.pullOnce(ctx, name)
	switch {
	case err == nil:
		return nil
	case errdefs.IsNotFound(err):
		return fmt.Errorf("image %s does not exist: %w", name, err)
	}
	return fmt.Errorf("image %s cannot be pulled: %w", name, err)
}

func (e *Engine) pullOnce(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	resp, err := e.api.ImagePull(ctx, name, client.ImagePullOptions{})
	if err != nil {
		return err
	}
	return resp.Wait(ctx)
}
