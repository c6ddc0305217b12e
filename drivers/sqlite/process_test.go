package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"testing"
	"time"
)

const lockHolder = "SQLSCOPE_TEST_HOLD_LOCK_OF"

// TestHelperHoldsTheLock is no test: it is the program of the second process.
func TestHelperHoldsTheLock(t *testing.T) {
	url := os.Getenv(lockHolder)
	if url == "" {
		return
	}
	c := writer(t, openPool(t, url, 1))
	c.run(begin, exec("INSERT INTO t VALUES (1)"))
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin) // until the first process closes it
	c.run(commit)
}

func TestTheLockOfAnotherProcessIsWaitedForAndTheContextObeyed(t *testing.T) {
	url := fileURL(t)
	c := writer(t, openPool(t, url+"?busy_timeout=1m", 1))
	c.run(exec("CREATE TABLE t (a)"))
	unlock := holdLock(t, url)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.try(ctx, begin); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	waited := make(chan error)
	go func() {
		_, err := c.try(t.Context(), begin, commit)
		waited <- err
	}()
	unlock()
	if err := <-waited; err != nil {
		t.Error(err)
	}
	if n := one[int](c, "SELECT count(*) FROM t"); n != 1 {
		t.Errorf("%d rows, want that of the other process", n)
	}
}

// holdLock starts a process that holds the write lock until unlock is called.
func holdLock(t *testing.T, url string) (unlock func()) {
	cmd := osexec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHelperHoldsTheLock$")
	cmd.Env = append(os.Environ(), lockHolder+"="+url)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the other process says %q", line)
	}
	return func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}
