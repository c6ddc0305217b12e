package engine_test

import (
	"context"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/moby/moby/api/types/container"

	"github.com/sqlscope/sqlscope/internal/testbed/bed"
	"github.com/sqlscope/sqlscope/internal/testbed/engine"
)

// connect connects to the engine, or skips where this run takes no containers.
func connect(t *testing.T) *engine.Engine {
	t.Helper()
	forced := os.Getenv("SQLSCOPE_TESTBED") == "container"
	if !forced && os.Getenv("SQLSCOPE_TESTBED_POSTGRES") != "container" {
		t.Skip("needs a run of the testbed that takes containers: make test SQLSCOPE_TESTBED=container")
	}
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// open connects to the server and closes the connection at the test's end.
func open(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestTheContainerPathIsReallyTaken(t *testing.T) {
	e := connect(t)
	if path := os.Getenv("SQLSCOPE_TESTBED_POSTGRES"); path != "container" {
		t.Fatalf("the testbed took the path %q", path)
	}
	conn := open(t, os.Getenv("SQLSCOPE_POSTGRES_DSN"))
	c := serving(t, e, conn.Config().Port)
	if want := os.Getenv("SQLSCOPE_POSTGRES_CONTAINER"); c.ID != want {
		t.Errorf("container %s serves the DSN's port, want %s", c.ID, want)
	}
	// The server's own address is the container's: no other server on this
	// machine answers behind that port.
	var server netip.Addr
	if err := conn.QueryRow(t.Context(), "SELECT inet_server_addr()").Scan(&server); err != nil {
		t.Fatal(err)
	}
	if want := c.NetworkSettings.Networks["bridge"].IPAddress; server != want {
		t.Errorf("the server's address is %s, the container's is %s", server, want)
	}
}

// serving returns the container that carries the testbed's label and serves the port.
func serving(t *testing.T, e *engine.Engine, port uint16) container.Summary {
	t.Helper()
	found, err := e.List(t.Context(), map[string]string{engine.LabelDatabase: "postgres"})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(found, func(c container.Summary) bool {
		return slices.ContainsFunc(c.Ports, func(p container.PortSummary) bool { return p.PublicPort == port })
	})
	if i < 0 {
		t.Fatalf("none of %d labelled containers serves port %s", len(found), strconv.Itoa(int(port)))
	}
	return found[i]
}

func TestADSNOutlivesARestartAndACrashOfItsServer(t *testing.T) {
	e := connect(t)
	server := startOwn(t)
	exec(t, server.DSN, "CREATE TABLE survives (n int)")
	if err := e.Restart(t.Context(), server.ContainerID); err != nil {
		t.Fatal(err)
	}
	exec(t, server.DSN, "INSERT INTO survives VALUES (1)")
	if err := e.Kill(t.Context(), server.ContainerID); err != nil {
		t.Fatal(err)
	}
	if err := e.Running(t.Context(), server.ContainerID); err == nil {
		t.Error("a killed container is said to run")
	}
	if err := e.Resume(t.Context(), server.ContainerID); err != nil {
		t.Fatal(err)
	}
	exec(t, server.DSN, "INSERT INTO survives SELECT 1/count(*) FROM survives")
}

// startOwn starts a server that only this test uses: others must not see it stop.
func startOwn(t *testing.T) *bed.Server {
	t.Helper()
	b := bed.New(bed.Options{Getenv: os.Getenv, Say: func(line string) { t.Log(line) }})
	t.Cleanup(func() {
		if err := b.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	server, err := b.Start(t.Context(), bed.Postgres, bed.Container)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// exec runs a statement as soon as the server answers.
func exec(t *testing.T, dsn, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for bed.Postgres.Ping(ctx, dsn) != nil && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond) // a real server is starting: there is no clock to fake
	}
	if _, err := open(t, dsn).Exec(ctx, sql); err != nil {
		t.Fatal(err)
	}
}
