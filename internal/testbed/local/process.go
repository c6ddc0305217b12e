package local

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// stopTimeout is how long a server may take to stop before it is killed.
const stopTimeout = 10 * time.Second

// Process is a server that was started by Start.
type Process struct {
	home *Home
	cmd  *exec.Cmd
	// ended is closed when the process is gone.
	ended chan struct{}
}

// logName is the file in the home that takes what the server prints.
const logName = "server.log"

// Start starts the server. On Linux it also ends when this process is killed.
func Start(home *Home, name string, args ...string) (*Process, error) {
	log, err := os.Create(filepath.Join(home.Dir, logName))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := home.Command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	dieWithParent(cmd.SysProcAttr, syscall.SIGQUIT)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{home: home, cmd: cmd, ended: make(chan struct{})}
	p.watch()
	return p, nil
}

// watch closes ended when the process has. Its goroutine ends then too; Stop
// waits for it.
func (p *Process) watch() {
	cmd, ended := p.cmd, p.ended // Restart replaces them
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
}

// Running returns an error, with the end of the log, when the server has ended.
func (p *Process) Running() error {
	select {
	case <-p.ended:
		return fmt.Errorf("the server has ended: %s", p.logTail())
	default:
		return nil
	}
}

// logTail returns the last lines that the server printed.
func (p *Process) logTail() string {
	text, err := os.ReadFile(filepath.Join(p.home.Dir, logName))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}

// Restart stops the server with the signal and starts it again as it was started.
func (p *Process) Restart(sig syscall.Signal) error {
	p.end(sig)
	next, err := Start(p.home, p.cmd.Args[0], p.cmd.Args[1:]...)
	if err == nil {
		p.cmd, p.ended = next.cmd, next.ended
	}
	return err
}

// Stop stops the server with the signal, waits until it is gone, and removes its home.
func (p *Process) Stop(sig syscall.Signal) error {
	p.end(sig)
	return p.home.Remove()
}

// end stops the server with the signal and waits until it is gone.
func (p *Process) end(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig)
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		// The whole group: a server's workers outlive its first process otherwise.
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended
	}
}
