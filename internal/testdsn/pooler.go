package testdsn

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"
	"time"
)

// Pooler starts a pgbouncer in front of a Postgres server, in the mode
// "transaction" or "session", until the test ends. It returns the DSN that leads
// through it.
func Pooler(t testing.TB, dsn, mode string) string {
	t.Helper()
	u := parse(t, dsn)
	port := freePort(t)
	cmd := exec.Command(pgbouncer(t), configure(t, u, port, mode)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	u.Host = net.JoinHostPort("127.0.0.1", port)
	awaitListener(t, u.Host)
	return With(t, u.String(), "sslmode", "disable")
}

func pgbouncer(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err == nil {
		return path
	}
	path = "/usr/sbin/pgbouncer"
	if _, err := os.Stat(path); err != nil {
		t.Fatal("no pgbouncer; testdata/setup.sh installs it")
	}
	return path
}

// configure writes the configuration and returns the arguments.
func configure(t testing.TB, server *url.URL, port, mode string) []string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgbouncer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	password, _ := server.User.Password()
	file := filepath.Join(dir, "pgbouncer.ini")
	ini := fmt.Sprintf("[databases]\n* = host=%s port=%s user=%s password=%s\n[pgbouncer]\n"+
		"listen_addr = 127.0.0.1\nlisten_port = %s\nauth_type = any\npool_mode = %s\nunix_socket_dir =\n"+
		"max_client_conn = 100\ndefault_pool_size = 4\nignore_startup_parameters = extra_float_digits\n",
		server.Hostname(), server.Port(), server.User.Username(), password, port, mode)
	if err := os.WriteFile(file, []byte(ini), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 {
		return []string{file}
	}
	// It refuses to run as root, and reads the file as whom it becomes.
	for name, mode := range map[string]os.FileMode{dir: 0o755, file: 0o644} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"-u", unprivileged(), file}
}

func unprivileged() string {
	if _, err := user.Lookup("postgres"); err == nil {
		return "postgres"
	}
	return "nobody"
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func awaitListener(t testing.TB, address string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return
		}
	}
	t.Fatalf("nothing listens on %s", address)
}
