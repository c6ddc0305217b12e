package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/term"
)

// grace is how long the command may take to end after a signal.
const grace = 15 * time.Second

// runCommand runs the command with the variables added to the environment,
// passes a signal on to it, and waits for it.
func runCommand(ctx context.Context, command, env []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// Of doubles, exec takes the last: ours win over what is inherited.
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = grace
	// Away from a terminal the command leads a group of its own, so that a signal
	// reaches all that it started. On a terminal it stays in ours: it may read
	// from it, and the terminal sends Ctrl-C to everybody.
	ownGroup := !term.IsTerminal(int(os.Stdin.Fd()))
	cmd.SysProcAttr = commandAttr(ownGroup)
	cmd.Cancel = func() error { return passOn(ctx, cmd.Process.Pid, ownGroup) }
	err := cmd.Run()
	if ownGroup && cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	return err
}

// passOn sends the signal that ended ctx to the command.
func passOn(ctx context.Context, pid int, ownGroup bool) error {
	sig := syscall.SIGTERM
	var received signalError
	if errors.As(context.Cause(ctx), &received) {
		sig = received.Signal
	}
	switch {
	case ownGroup:
		pid = -pid
	case sig == syscall.SIGINT:
		return nil
	}
	return syscall.Kill(pid, sig)
}

// exitCode is the code that the testbed ends with, given the error of what it ran.
func exitCode(err error) int {
	var received signalError
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &received):
		return 128 + int(received.Signal)
	case !errors.As(err, &exit):
		return exitNoDatabase
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}
