package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/internal/testbed/bed"
)

// asCommand makes the test binary behave as the testbed: the tests below start
// it as a process that they can send signals to.
const asCommand = "SQLSCOPE_TESTBED_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// fakeDatabase is a database that is up at once; removed counts how often it went down.
func fakeDatabase(removed *int) bed.Database {
	return bed.Database{
		Name: "fake",
		Container: func(_ context.Context, s bed.Starter) (*bed.Server, error) {
			s.OnDown(func(context.Context) error { *removed++; return nil })
			return &bed.Server{DSN: "fake://here", What: "a fake"}, nil
		},
	}
}

// runWith runs the testbed with the databases and returns its exit code and what it said.
func runWith(t *testing.T, databases []bed.Database, args ...string) (int, string) {
	t.Helper()
	t.Setenv("SQLSCOPE_TESTBED", "container")
	t.Setenv("SQLSCOPE_REQUIRE", "")
	var said bytes.Buffer
	code := run(args, &said, databases)
	return code, said.String()
}

func TestTheExitCodeIsTheCommands(t *testing.T) {
	tests := []struct {
		script string
		want   int
	}{
		{"exit 0", 0},
		{"exit 1", 1},
		{"exit 42", 42},
		{"kill -TERM $$", 128 + 15},
		{`test "$SQLSCOPE_FAKE_DSN" = fake://here && exit 7`, 7},
	}
	for _, tt := range tests {
		t.Run(tt.script, func(t *testing.T) {
			removed := 0
			code, said := runWith(t, []bed.Database{fakeDatabase(&removed)}, "--", "sh", "-c", tt.script)
			if code != tt.want {
				t.Errorf("exit code %d, want %d: %s", code, tt.want, said)
			}
			if removed != 1 {
				t.Errorf("the server was removed %d times, want once", removed)
			}
		})
	}
}

func TestACommandThatDoesNotExistFailsTheRunAndIsCleanedUpAfter(t *testing.T) {
	removed := 0
	code, said := runWith(t, []bed.Database{fakeDatabase(&removed)}, "--", "no-such-command-here")
	if code != exitNoDatabase || !strings.Contains(said, "no-such-command-here") || removed != 1 {
		t.Errorf("exit code %d, removed %d times, said %s", code, removed, said)
	}
}

func TestWhatWasStartedIsRemovedWhenTheTestbedPanics(t *testing.T) {
	removed := 0
	panics := bed.Database{
		Name:      "panics",
		Container: func(context.Context, bed.Starter) (*bed.Server, error) { panic("on purpose") },
	}
	defer func() {
		if r := recover(); r != "on purpose" {
			t.Errorf("recovered %v", r)
		}
		if removed != 1 {
			t.Errorf("the server was removed %d times, want once", removed)
		}
	}()
	runWith(t, []bed.Database{fakeDatabase(&removed), panics}, "--", "true")
}

func TestARequiredDatabaseThatCannotBeHadFailsTheRun(t *testing.T) {
	code, said := runWith(t, []bed.Database{{Name: "fake"}}, "-require", "fake", "--", "true")
	if code != exitNoDatabase || !strings.Contains(said, "fake is required and cannot be had: container: ") {
		t.Errorf("exit code %d, said %s", code, said)
	}
}

func TestUsingTheTestbedWronglyIsSaid(t *testing.T) {
	for _, args := range [][]string{nil, {"-require", "fake"}, {"-no-such-flag"}} {
		if code, said := runWith(t, nil, args...); code != exitUsage || !strings.Contains(said, "usage: testbed") {
			t.Errorf("%q: exit code %d, said %s", args, code, said)
		}
	}
}
