package migratecli

import (
	"cmp"
	"context"
	"io"
	"os"
	"runtime/debug"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/migrate"
)

// App is a command line.
type App struct {
	// Name is what it is called in messages; default "sqlscope".
	Name string
	// Version is what the version command says; default: what the build says.
	Version string
	// Drivers are those that the scheme of the database's URL chooses among.
	Drivers []drivers.Driver
	// Sources are the migrations. Without any, they are read from the directory
	// that --dir names.
	Sources []migrate.Source
}

// Stdio is what a command line reads and writes, and its environment.
type Stdio struct {
	// In answers questions.
	In io.Reader
	// Out gets results, Err messages and, if it is a terminal, the progress.
	Out, Err io.Writer
	// Getenv reads the environment; nil: it is empty.
	Getenv func(name string) string
}

// Main is the main function of a program: it runs the command line that the
// process was given, with the drivers given, and exits with its code. SIGINT,
// SIGTERM and SIGHUP end what runs in order, and a second one at once.
func Main(ds ...drivers.Driver) { App{Drivers: ds}.Main() }

// Main is the main function of a program; see the function of that name.
func (a App) Main() {
	ctx, stop := untilSignal(context.Background())
	code := a.Run(ctx, os.Args, Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv})
	stop()
	os.Exit(int(code))
}

// Run runs a command line, of which args[0] is the program's own name, and
// returns the exit code. When ctx ends, what runs is cancelled and rolled back as
// far as the database can.
func Run(ctx context.Context, args []string, std Stdio, ds ...drivers.Driver) Code {
	return App{Drivers: ds}.Run(ctx, args, std)
}

// Run runs a command line; see the function of that name.
func (a App) Run(ctx context.Context, args []string, std Stdio) Code {
	if std.Getenv == nil {
		std.Getenv = func(string) string { return "" }
	}
	a.Name = cmp.Or(a.Name, "sqlscope")
	a.Version = cmp.Or(a.Version, buildVersion())
	return newCall(a, std, args).run(ctx, args)
}

// buildVersion is what the build says of the module.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	return cmp.Or(info.Main.Version, "(devel)")
}
