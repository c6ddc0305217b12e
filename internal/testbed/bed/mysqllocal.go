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
	"syscall"

	"github.com/sqlscope/sqlscope/internal/testbed/local"
)

// mysqlLocal makes a data directory and starts the server on it.
func mysqlLocal(ctx context.Context, s Starter) (*Server, error) {
	server, err := mysqlBinary()
	if err != nil {
		return nil, err
	}
	home, err := newHome(s, "mysql")
	if err != nil {
		return nil, err
	}
	if err := initMySQL(home, server); err != nil {
		return nil, err
	}
	return startMySQL(ctx, s, home, server)
}

// startMySQL starts the server in the home's directory. Its init file makes the
// account, at every start.
func startMySQL(ctx context.Context, s Starter, home *local.Home, server string) (*Server, error) {
	free, err := local.FreePort()
	if err != nil {
		return nil, err
	}
	port := strconv.Itoa(free)
	process, err := local.Start(home, server, slices.Concat([]string{
		"--no-defaults",
		"--datadir=" + filepath.Join(home.Dir, dataDir),
		"--port=" + port, "--bind-address=127.0.0.1",
		"--socket=" + filepath.Join(home.Dir, "socket"),
		"--pid-file=" + filepath.Join(home.Dir, "pid"),
		"--init-file=" + filepath.Join(home.Dir, "account.sql"),
	}, mysqlOptions, mysqlTLS(home.Dir))...)
	if err != nil {
		return nil, err
	}
	s.OnDown(func(context.Context) error { return process.Stop(syscall.SIGTERM) })
	dsn := mysqlDSN("127.0.0.1", port)
	what := fmt.Sprintf("%s on port %s", server, port)
	return &Server{DSN: dsn, What: what}, await(ctx, dsn, pingMySQL, process.Running)
}

// initMySQL makes the data directory and the init file.
func initMySQL(home *local.Home, server string) error {
	// One statement a line, as the server reads its init file.
	const sql = "CREATE DATABASE IF NOT EXISTS " + account + ";\n" +
		"CREATE USER IF NOT EXISTS '" + account + "'@'%' IDENTIFIED BY '" + account + "';\n" +
		"GRANT ALL ON " + account + ".* TO '" + account + "'@'%';\n" + grantOwn + ";\n"
	if err := home.WriteFile("account.sql", []byte(sql)); err != nil {
		return err
	}
	if err := addTLS(home); err != nil {
		return err
	}
	init := initCommand(home, server)
	return run(filepath.Base(init.Path), init)
}

// initCommand makes the data directory in MariaDB's way or in MySQL's.
func initCommand(home *local.Home, server string) *exec.Cmd {
	data := "--datadir=" + filepath.Join(home.Dir, dataDir)
	if script, err := exec.LookPath("mariadb-install-db"); err == nil {
		return home.Command(script, "--no-defaults", "--skip-test-db",
			"--auth-root-authentication-method=normal", data)
	}
	return home.Command(server, "--no-defaults", "--initialize-insecure", data)
}

// mysqlBinary is the server of MariaDB or of MySQL, whichever there is.
func mysqlBinary() (string, error) {
	for _, name := range []string{"mariadbd", "mysqld"} {
		if found := serverBinary(name); found != "" {
			return found, nil
		}
	}
	return "", errors.New("no mariadbd or mysqld in PATH or /usr/sbin")
}

// serverBinary looks in PATH and in the folder that Debian puts servers in, which
// is not in everybody's PATH. It returns "" when there is none.
func serverBinary(name string) string {
	if found, err := exec.LookPath(name); err == nil {
		return found
	}
	if found := "/usr/sbin/" + name; exists(found) {
		return found
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
