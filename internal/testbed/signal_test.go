package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/sqlscope/sqlscope/internal/testbed/engine"
)

// child is a testbed of its own, with a server of its own, whose command waits.
type child struct{ cmd *exec.Cmd }

// startChild starts a testbed on the path that this run is on, and returns when its command runs.
func startChild(t *testing.T) *child {
	t.Helper()
	path := os.Getenv("SQLSCOPE_TESTBED_POSTGRES")
	if path != "container" && path != "local" {
		t.Skip("needs a run of the testbed that starts servers: make test")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0],
		"-require", "postgres", "--", "sh", "-c", "echo up; exec sleep 600")
	cmd.Env = append(os.Environ(), asCommand+"=1", "SQLSCOPE_TESTBED="+path)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if line != "up\n" {
		t.Fatalf("the child does not come up: %v: %s", err, &said)
	}
	return &child{cmd: cmd}
}

// leftovers returns what there is of the child's servers: containers and directories.
func (c *child) leftovers(t *testing.T) []string {
	t.Helper()
	pid := strconv.Itoa(c.cmd.Process.Pid)
	found, err := filepath.Glob(filepath.Join(os.TempDir(), "sqlscope-testbed-"+pid+"-*"))
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("SQLSCOPE_TESTBED_POSTGRES") != "container" {
		return found
	}
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	containers, err := e.List(t.Context(), map[string]string{engine.LabelPID: pid})
	if err != nil {
		t.Fatal(err)
	}
	for _, container := range containers {
		found = append(found, container.ID)
	}
	return found
}

func TestNothingIsLeftAfterASignal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			c := startChild(t)
			if len(c.leftovers(t)) == 0 {
				t.Fatal("the child has no server: the test tests nothing")
			}
			if err := c.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := c.cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 128+int(sig) {
				t.Errorf("the child ended with %v, want exit code %d", err, 128+int(sig))
			}
			if left := c.leftovers(t); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestTheNextRunRemovesWhatAKilledRunLeft(t *testing.T) {
	killed := startChild(t)
	if err := killed.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.cmd.Wait()
	if len(killed.leftovers(t)) == 0 {
		t.Fatal("a killed run left nothing: the test tests nothing")
	}
	next := startChild(t)
	if left := killed.leftovers(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := next.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = next.cmd.Wait()
}
