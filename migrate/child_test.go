package migrate_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// childVariable holds what a process that a test has started shall do.
const childVariable = "SQLSCOPE_MIGRATE_CHILD"

// childSpec is a process that migrates.
type childSpec struct {
	URL  string
	Dir  string
	Peer time.Duration
	// Lockless: as if the database kept no locks with names.
	Lockless bool
}

// runChild is the main function of such a process. It says that it is ready, waits
// for a line, migrates, and tells of each event in a line.
func runChild(text string) int {
	var spec childSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		fmt.Println("error", err)
		return 3
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return 3
	}
	if err := childUp(context.Background(), &spec); err != nil {
		fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", " / "))
		return 1
	}
	return 0
}

func childUp(ctx context.Context, spec *childSpec) error {
	engine, err := session.Open(ctx, spec.URL, session.Options{MaxConns: 2}, driversFor(spec.Lockless)...)
	if err != nil {
		return err
	}
	defer engine.Close(ctx)
	o := migrate.Options{PeerTimeout: spec.Peer}
	o.OnEvent = func(e migrate.Event) {
		version := ""
		if e.Step != nil {
			version = string(e.Step.Version)
		}
		fmt.Println("event", e.Kind, "v"+version, e.Number)
	}
	m, err := migrate.New(engine, []migrate.Source{{FS: os.DirFS(spec.Dir),
		Options: source.Options{Format: source.Plain}}}, quiet(o))
	if err != nil {
		return err
	}
	res, err := m.Up(ctx)
	fmt.Println("applied", versions(res.Applied))
	return err
}

// child is such a process.
type child struct {
	t     testing.TB
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
	seen  []string
	done  chan error
}

// dir writes the files to a directory.
func (f files) dir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range f {
		noErr(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

// start starts a process that waits to be let go.
func start(t testing.TB, spec childSpec) *child {
	t.Helper()
	text, err := json.Marshal(spec)
	noErr(t, err)
	c := &child{t: t, cmd: exec.Command(os.Args[0]), lines: make(chan string, 10000), done: make(chan error, 1)}
	c.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	c.cmd.Stderr = os.Stderr
	c.in, err = c.cmd.StdinPipe()
	noErr(t, err)
	out, err := c.cmd.StdoutPipe()
	noErr(t, err)
	noErr(t, c.cmd.Start())
	go func() {
		scanner := bufio.NewScanner(out)
		for scanner.Scan() {
			c.lines <- scanner.Text()
		}
		close(c.lines)
		c.done <- c.cmd.Wait()
	}()
	t.Cleanup(c.kill)
	c.await("ready")
	return c
}

func (c *child) letGo() { _, _ = io.WriteString(c.in, "go\n") }

// kill ends the process in the hardest way and waits until it is gone.
func (c *child) kill() {
	_ = c.cmd.Process.Signal(syscall.SIGKILL)
	for range c.lines {
	}
	select {
	case err := <-c.done:
		c.done <- err
	case <-time.After(30 * time.Second):
		c.t.Error("the process does not end")
	}
}

// await reads lines up to one that begins with the text.
func (c *child) await(text string) string {
	c.t.Helper()
	limit := time.NewTimer(60 * time.Second)
	defer limit.Stop()
	for {
		select {
		case line, ok := <-c.lines:
			if !ok {
				c.t.Fatalf("the process ended without %q; it said %q", text, c.seen)
			}
			c.seen = append(c.seen, line)
			if strings.HasPrefix(line, text) {
				return line
			}
		case <-limit.C:
			c.t.Fatalf("the process never said %q; it said %q", text, c.seen)
		}
	}
}

// wait waits for the end and returns the exit code and what was said.
func (c *child) wait() (int, string) {
	for line := range c.lines {
		c.seen = append(c.seen, line)
	}
	err := <-c.done
	c.done <- err
	return c.cmd.ProcessState.ExitCode(), strings.Join(c.seen, "\n")
}
