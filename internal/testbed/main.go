// Command testbed brings up the databases that the tests need and runs a
// command with their DSNs in its environment:
//
//	go run ./internal/testbed [-require postgres,mysql] -- command args...
//
// For each database it takes the first of these paths that works, and says which:
//
//  1. dsn: the DSN given in the environment (SQLSCOPE_POSTGRES_DSN, …),
//  2. container: a container, when a Docker engine answers and the image is
//     here, can be pulled, or can be built from testdata/images,
//  3. local: a throwaway server from binaries on this machine.
//
// Variables that it reads:
//
//	SQLSCOPE_TESTBED         container, local or dsn: the only path to take
//	SQLSCOPE_REQUIRE         databases without which the run fails, like -require
//	SQLSCOPE_POSTGRES_IMAGE  the image to run; default postgres:17-alpine
//	SQLSCOPE_MYSQL_IMAGE     the image to run, of MySQL or MariaDB; default mysql:8.4
//
// Variables that the command gets:
//
//	SQLSCOPE_POSTGRES_DSN        postgres://sqlscope:sqlscope@host:port/sqlscope?sslmode=disable
//	SQLSCOPE_TESTBED_POSTGRES    the path that was taken
//	SQLSCOPE_POSTGRES_CONTAINER  the container's id, on the path container
//	SQLSCOPE_MYSQL_DSN           mysql://sqlscope:sqlscope@host:port/sqlscope, and so on
//	SQLSCOPE_REQUIRE             the databases that tests must not skip
//
// The exit code is the command's own; 128+n when signal n ended it; 1 when the
// databases cannot be had; 2 when the testbed is used wrongly. (`go run` turns
// every code but 0 into 1: build the command where the code matters.) What was
// started is removed at the end, after Ctrl-C, after SIGTERM and after a panic;
// what a run killed with SIGKILL leaves is removed by the next one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/sqlscope/sqlscope/internal/testbed/bed"
)

// Exit codes of the testbed's own.
const (
	exitNoDatabase = 1
	exitUsage      = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr, bed.All))
}

// run is main with its surroundings as parameters.
func run(args []string, stderr io.Writer, databases []bed.Database) (code int) {
	say := func(line string) { _, _ = fmt.Fprintln(stderr, "testbed: "+line) }
	opts, command, err := parse(args, stderr, say)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		say(err.Error())
		return exitUsage
	}
	ctx, stop := notifyContext(context.Background())
	defer stop()
	dieWithParent()

	b := bed.New(opts)
	defer func() {
		if err := b.Down(ctx); err != nil {
			say("cleaning up: " + err.Error())
			code = max(code, exitNoDatabase)
		}
	}()
	if err = b.Up(ctx, databases); err == nil {
		err = runCommand(ctx, command, b.Env())
	}
	// A command that ended by itself has said why.
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		say(err.Error())
	}
	return exitCode(err)
}

// parse reads the arguments and the environment.
func parse(args []string, stderr io.Writer, say func(string)) (bed.Options, []string, error) {
	flags := flag.NewFlagSet("testbed", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = fmt.Fprintln(stderr, "usage: testbed [-require database,...] -- command args...")
		flags.PrintDefaults()
	}
	require := flags.String("require", "", "`databases` without which the run fails, separated by commas")
	if err := flags.Parse(args); err != nil {
		return bed.Options{}, nil, err
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return bed.Options{}, nil, errors.New("no command given")
	}
	opts, err := bed.NewOptions(*require, os.Getenv, say)
	return opts, flags.Args(), err
}
