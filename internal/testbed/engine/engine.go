// Package engine starts and removes containers for the testbed, through
// testcontainers-go and the Docker engine's own API.
//
// Every container carries labels that name the process that started it, so that
// a run removes all it started and a later run removes what a killed one left.
package engine

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
)

// Engine is a Docker engine that answered.
type Engine struct {
	provider *testcontainers.DockerProvider
	api      client.APIClient
}

// pingTimeout bounds the question whether an engine is there at all.
const pingTimeout = 10 * time.Second

// Connect finds the Docker engine as testcontainers-go does (DOCKER_HOST,
// the docker context, the usual sockets) and returns an error when none answers.
func Connect(ctx context.Context) (e *Engine, err error) {
	// testcontainers-go panics in some places when it finds no engine.
	defer func() {
		if r := recover(); r != nil {
			e, err = nil, fmt.Errorf("no Docker engine answers: %v", r)
		}
	}()
	if err := quietTestcontainers(); err != nil {
		return nil, err
	}
	if e, err = connect(ctx); err != nil {
		return nil, fmt.Errorf("no Docker engine answers: %w", err)
	}
	return e, nil
}

func connect(ctx context.Context) (*Engine, error) {
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	e := &Engine{provider: provider, api: provider.Client()}
	_, err = e.api.Ping(ctx, client.PingOptions{})
	return e, err
}

// quietTestcontainers switches off what the testbed does itself: the log lines,
// and the reaper, whose image cannot be had where nothing can be pulled.
func quietTestcontainers() error {
	tclog.SetDefault(tclog.NewNoopLogger())
	return os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
}

// loopback is where ports of an engine on this machine are published.
const loopback = "127.0.0.1"

// host returns where published ports can be reached from here: loopback when the
// engine is on this machine, else what testcontainers-go finds out. It takes
// every machine with a file /.dockerenv for a container beside the engine, also
// one that runs an engine of its own; the engine's host name tells them apart.
func (e *Engine) host(ctx context.Context) (string, error) {
	if os.Getenv("TESTCONTAINERS_HOST_OVERRIDE") == "" {
		if here, err := e.isHere(ctx); here || err != nil {
			return loopback, err
		}
	}
	host, err := e.provider.DaemonHost(ctx)
	if host == "localhost" {
		host = loopback
	}
	return host, err
}

// isHere reports whether the engine runs on this machine.
func (e *Engine) isHere(ctx context.Context) (bool, error) {
	info, err := e.api.Info(ctx, client.InfoOptions{})
	return err == nil && info.Info.Name == hostname(), err
}
