package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// build makes the recipe's image, and its base image when that is missing.
func (e *Engine) build(ctx context.Context, r Recipe, progress func(string)) error {
	tag, err := r.Tag()
	if err != nil {
		return err
	}
	base, err := r.baseTag()
	if err != nil {
		return err
	}
	if err := e.ensureBase(ctx, r.baseScript(), base, progress); err != nil {
		return err
	}
	progress("building image " + tag + " (once per machine, about a minute)")
	if err := e.buildOn(ctx, r.Dir, base, tag); err != nil {
		return fmt.Errorf("image %s cannot be built: %w", tag, err)
	}
	return nil
}

// ensureBase makes the base image unless it is here.
func (e *Engine) ensureBase(ctx context.Context, script, tag string, progress func(string)) error {
	if e.has(ctx, tag) {
		return nil
	}
	progress("making base image " + tag + " with debootstrap (once per machine, about a minute)")
	if err := e.makeBase(ctx, script, tag); err != nil {
		return fmt.Errorf("image %s cannot be made: %w", tag, err)
	}
	return nil
}

// makeBase runs the script and hands its tar file to the engine. The file is
// complete before it is imported: a pipe would import what a failed script wrote.
func (e *Engine) makeBase(ctx context.Context, script, tag string) error {
	file, err := os.CreateTemp("", "sqlscope-base-*.tar")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()); _ = file.Close() }()

	if out, err := exec.CommandContext(ctx, "bash", script, file.Name()).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, lastLines(out, 3))
	}
	return e.importBase(ctx, file, tag)
}

func (e *Engine) importBase(ctx context.Context, file *os.File, tag string) error {
	name, version, _ := strings.Cut(tag, ":")
	source := client.ImageImportSource{Source: file, SourceName: "-"}
	resp, err := e.api.ImageImport(ctx, source, name, client.ImageImportOptions{Tag: version})
	if err != nil {
		return err
	}
	defer func() { _ = resp.Close() }()
	_, err = io.Copy(io.Discard, resp)
	return err
}

// buildOn builds the Dockerfile in dir. The build uses the host's network, for
// the packages come from the same mirror as the base.
func (e *Engine) buildOn(ctx context.Context, dir, base, tag string) error {
	name, version, _ := strings.Cut(tag, ":")
	var log bytes.Buffer
	_, err := e.provider.BuildImage(ctx, &testcontainers.ContainerRequest{
		FromDockerfile: testcontainers.FromDockerfile{
			Context:              dir,
			Repo:                 name,
			Tag:                  version,
			BuildArgs:            map[string]*string{"BASE": &base},
			BuildLogWriter:       &log,
			KeepImage:            true,
			BuildOptionsModifier: func(o *client.ImageBuildOptions) { o.NetworkMode = "host" },
		},
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, lastLines(log.Bytes(), 5))
	}
	return nil
}

// lastLines returns the last n lines that are not empty, on one line.
func lastLines(text []byte, n int) string {
	lines := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Join(lines[max(0, len(lines)-n):], " | ")
}
