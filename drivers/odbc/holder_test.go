//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// holderVariable says what a process that a test has started shall hold: a URL, a
// lock's name, and a statement.
const holderVariable = "SQLSCOPE_ODBC_HOLDER"

const holderFields = "\x1f"

// runHolder is the main function of such a process. It says when it has the lock,
// runs the statement, if there is one, or waits for a line, and says that it is done.
func runHolder(text string) int {
	f := strings.Split(text, holderFields)
	if err := hold(context.Background(), f[0], f[1], f[2]); err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("done")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

func hold(ctx context.Context, url, name, sql string) error {
	e, err := session.Open(ctx, url, session.Options{}, everyDriver...)
	if err != nil {
		return err
	}
	defer e.Close(ctx)
	return e.RunSync(ctx, name, func(ctx context.Context, c *session.SyncConn) error {
		fmt.Println("inside")
		if sql != "" {
			_, err := c.Exec(ctx, sql)
			return err
		}
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return err
	}, session.SyncOptions{NoTransaction: true})
}

// holder is such a process.
type holder struct {
	t     testing.TB
	cmd   *osexec.Cmd
	in    io.WriteCloser
	lines chan string
}

func startHolder(t testing.TB, url, name, sql string) *holder {
	t.Helper()
	h := &holder{t: t, cmd: osexec.Command(os.Args[0]), lines: make(chan string, 100)}
	h.cmd.Env = append(os.Environ(), holderVariable+"="+strings.Join([]string{url, name, sql}, holderFields))
	h.cmd.Stderr = os.Stderr
	var err error
	h.in, err = h.cmd.StdinPipe()
	must(t, err)
	out, err := h.cmd.StdoutPipe()
	must(t, err)
	must(t, h.cmd.Start())
	go func() { // ends with the process
		defer close(h.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			h.lines <- scanner.Text()
		}
	}()
	t.Cleanup(h.kill)
	return h
}

func (h *holder) letGo() { _, _ = io.WriteString(h.in, "go\n") }

// await reads lines up to this one.
func (h *holder) await(want string) {
	h.t.Helper()
	limit := time.NewTimer(60 * time.Second)
	defer limit.Stop()
	for {
		select {
		case line, ok := <-h.lines:
			switch {
			case line == want:
				return
			case !ok, strings.HasPrefix(line, "error"):
				h.t.Fatalf("the process said %q instead of %q", line, want)
			}
		case <-limit.C:
			h.t.Fatalf("the process never said %q", want)
		}
	}
}

// kill ends the process in the hardest way and waits until it is gone.
func (h *holder) kill() {
	if h.cmd.ProcessState != nil {
		return
	}
	_ = h.cmd.Process.Kill()
	for range h.lines {
	}
	_ = h.cmd.Wait()
}
