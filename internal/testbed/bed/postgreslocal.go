package bed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/sqlscope/sqlscope/internal/testbed/local"
)

// postgresLocal makes a cluster with initdb and starts the server in it.
func postgresLocal(ctx context.Context, s Starter) (*Server, error) {
	bin, err := postgresBinaries()
	if err != nil {
		return nil, err
	}
	home, err := newHome(s, "postgres")
	if err != nil {
		return nil, err
	}
	if err := initPostgres(home, bin); err != nil {
		return nil, err
	}
	return startPostgres(ctx, s, home, bin)
}

// startPostgres starts the server in the home's cluster, over TCP only.
func startPostgres(ctx context.Context, s Starter, home *local.Home, bin string) (*Server, error) {
	free, err := local.FreePort()
	if err != nil {
		return nil, err
	}
	port := strconv.Itoa(free)
	process, err := local.Start(home, filepath.Join(bin, "postgres"), "-D", dataDir,
		"-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "ssl=on", "-c", "ssl_cert_file="+filepath.Join(home.Dir, tlsCert),
		"-c", "ssl_key_file="+filepath.Join(home.Dir, tlsKey))
	if err != nil {
		return nil, err
	}
	// SIGINT is Postgres's fast shutdown: it does not wait for clients to leave.
	s.OnDown(func(context.Context) error { return process.Stop(syscall.SIGINT) })
	dsn := postgresDSN("127.0.0.1", port)
	what := fmt.Sprintf("%s/postgres on port %s", bin, port)
	restart := func(ctx context.Context) error {
		if err := process.Restart(syscall.SIGINT); err != nil {
			return err
		}
		return await(ctx, dsn, pingPostgres, process.Running)
	}
	return &Server{DSN: dsn, What: what, Restart: restart}, await(ctx, dsn, pingPostgres, process.Running)
}

// dataDir is the cluster's folder in the home.
const dataDir = "data"

// initPostgres makes the cluster, with the account's user, password and
// database and with the configuration of the tests.
func initPostgres(home *local.Home, bin string) error {
	if err := makeCluster(home, bin); err != nil {
		return err
	}
	if err := makeDatabase(home, bin); err != nil {
		return err
	}
	if err := addTLS(home); err != nil {
		return err
	}
	return configurePostgres(home)
}

func makeCluster(home *local.Home, bin string) error {
	if err := home.WriteFile("password", []byte(account+"\n")); err != nil {
		return err
	}
	initdb := home.Command(filepath.Join(bin, "initdb"), "-D", dataDir, "--no-sync", "--encoding=UTF8",
		"--locale=C", "--username="+account, "--pwfile=password", "--auth=scram-sha-256")
	return run("initdb", initdb)
}

func makeDatabase(home *local.Home, bin string) error {
	create := home.Command(filepath.Join(bin, "postgres"), "--single", "-F", "-D", dataDir, "postgres")
	create.Stdin = strings.NewReader("CREATE DATABASE " + account + "\n")
	return run("create database", create)
}

// run runs a command; the error says what it was for and what it printed.
func run(what string, command *exec.Cmd) error {
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", what, err, out)
	}
	return nil
}

// configurePostgres replaces the configuration that initdb wrote.
func configurePostgres(home *local.Home) error {
	config, err := fixture("postgres/postgresql.conf")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	return home.WriteFile(dataDir+"/postgresql.conf", text)
}

// postgresBinaries returns the folder of initdb and postgres: the one in PATH,
// else the newest of Debian's, which keeps them out of PATH.
func postgresBinaries() (string, error) {
	if initdb := initdbInPath(); initdb != "" {
		return filepath.Dir(initdb), nil
	}
	if initdb := newestOfDebian(); initdb != "" {
		return filepath.Dir(initdb), nil
	}
	return "", errors.New("no initdb in PATH or /usr/lib/postgresql/*/bin")
}

func newestOfDebian() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	return slices.MaxFunc(found, func(a, b string) int { return debianVersion(a) - debianVersion(b) })
}

// initdbInPath returns the real file, or "": a link in PATH may stand alone, and
// the server lies beside the file that it leads to.
func initdbInPath() string {
	link, err := exec.LookPath("initdb")
	if err != nil {
		return ""
	}
	file, _ := filepath.EvalSymlinks(link)
	return file
}

// debianVersion returns 15 for /usr/lib/postgresql/15/bin/initdb.
func debianVersion(initdb string) int {
	version, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	return version
}
