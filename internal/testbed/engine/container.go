package engine

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strconv"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"

	"github.com/sqlscope/sqlscope/internal/testbed/local"
)

// Request describes a container that serves one port.
type Request struct {
	// Database is the name that the container's labels carry.
	Database string
	// Image is a name that Ensure returned.
	Image string
	// Port is the port inside the container, such as "5432/tcp".
	Port string
	// Env and Cmd are the container's environment and command.
	Env map[string]string
	Cmd []string
	// Files maps paths in the container to paths here; they are copied, readable by all.
	Files map[string]string
}

// Container is a running container.
type Container struct {
	// ID is the engine's full identifier.
	ID string
	// Image is the name of the image that it runs.
	Image string
	// Host and Port are where the served port can be reached from here.
	Host string
	Port string

	engine *Engine
}

// Start creates and starts a container. It does not wait until the server in it
// is ready. Containers that Start began are removed by RemoveOwn, also those of
// a Start that failed half way.
func (e *Engine) Start(ctx context.Context, req Request) (*Container, error) {
	host, err := e.host(ctx)
	if err != nil {
		return nil, err
	}
	published, err := publish(host, req.Port)
	if err != nil {
		return nil, err
	}
	c, err := testcontainers.Run(ctx, req.Image,
		testcontainers.WithEnv(req.Env),
		testcontainers.WithCmd(req.Cmd...),
		testcontainers.WithFiles(files(req.Files)...),
		testcontainers.WithLabels(labels(req.Database, os.Getpid())),
		testcontainers.WithExposedPorts(req.Port),
		published,
	)
	if err != nil {
		return nil, fmt.Errorf("container of %s: %w", req.Image, err)
	}
	port, err := c.MappedPort(ctx, req.Port)
	if err != nil {
		return nil, err
	}
	return &Container{ID: c.GetContainerID(), Image: req.Image, Host: host, Port: port.Port(), engine: e}, nil
}

// publish binds the container's port to a free port of this machine. It is
// chosen here because the engine would choose another one at every restart of
// the container, and a DSN must outlive a restart. On another machine nothing
// can be known about free ports, and the engine chooses.
func publish(host, port string) (testcontainers.CustomizeRequestOption, error) {
	inside, err := network.ParsePort(port)
	if err != nil {
		return nil, err
	}
	var outside network.PortBinding
	if host == loopback {
		if outside, err = freeBinding(); err != nil {
			return nil, err
		}
	}
	return testcontainers.WithHostConfigModifier(func(c *container.HostConfig) {
		c.PortBindings = network.PortMap{inside: {outside}}
	}), nil
}

// freeBinding is a port of this machine that is free now.
func freeBinding() (network.PortBinding, error) {
	free, err := local.FreePort()
	return network.PortBinding{
		HostIP:   netip.MustParseAddr(loopback),
		HostPort: strconv.Itoa(free),
	}, err
}

// files converts the request's files.
func files(paths map[string]string) []testcontainers.ContainerFile {
	var out []testcontainers.ContainerFile
	for inside, here := range paths {
		out = append(out, testcontainers.ContainerFile{
			HostFilePath:      here,
			ContainerFilePath: inside,
			FileMode:          0o644,
		})
	}
	return out
}
