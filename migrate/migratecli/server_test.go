package migratecli_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/migrate/migratecli"
	"github.com/sqlscope/sqlscope/session"
)

// newServerDesk has an empty database on a server.
func newServerDesk(t *testing.T, kind string, files ...string) *desk {
	t.Helper()
	d := newDesk(t, files...)
	dsn := testdsn.Get(t, kind)
	name := "sqlscope_c" + strings.ToLower(rand.Text()[:10])
	onServer(t, dsn, "CREATE DATABASE "+name)
	drop := "DROP DATABASE " + name
	if kind == "postgres" {
		drop += " WITH (FORCE)"
	}
	t.Cleanup(func() { onServer(t, dsn, drop) })
	u, err := url.Parse(dsn)
	noErr(t, err)
	u.Path = "/" + name
	d.env["DATABASE_URL"] = u.String()
	return d
}

// onServer runs statements, each by itself, with a connection of its own.
func onServer(t testing.TB, dsn string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
	defer cancel()
	e, err := session.Open(ctx, dsn, session.Options{MaxConns: 1}, allDrivers...)
	noErr(t, err)
	defer e.Close(ctx)
	for _, sql := range statements {
		noErr(t, e.RunSync(ctx, "test", func(ctx context.Context, c *session.SyncConn) error {
			_, err := c.ExecText(ctx, sql)
			return err
		}, session.SyncOptions{NoTransaction: true}))
	}
}

// count is the answer of the desk's database to a query for a number.
func (d *desk) count(sql string) int {
	d.Helper()
	ctx := d.Context()
	e, err := session.Open(ctx, d.env["DATABASE_URL"], session.Options{MaxConns: 1}, allDrivers...)
	noErr(d, err)
	defer e.Close(ctx)
	s := e.Session()
	defer s.Close()
	n, err := session.One[int](ctx, s, sql)
	noErr(d, err)
	return n
}

// await asks until the number is what it has to become.
func (d *desk) await(want int, sql string) {
	d.Helper()
	for end := time.Now().Add(30 * time.Second); d.count(sql) != want; {
		if time.Now().After(end) {
			d.Fatalf("%s: is %d, want %d", sql, d.count(sql), want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// build builds the program, which is removed when the test has ended.
func build(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sqlscope")
	out, err := exec.Command("go", "build", "-o", path, "../../cmd/sqlscope").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// process is the program at work.
type process struct {
	*desk
	cmd       *exec.Cmd
	out, errs bytes.Buffer
}

// program makes a process that has not been started yet.
func (d *desk) program(line string) *process {
	d.Helper()
	if d.bin == "" {
		d.bin = build(d)
	}
	p := &process{desk: d, cmd: exec.Command(d.bin, strings.Fields(line)...)}
	p.cmd.Env = []string{"HOME=" + d.dir, "PATH=" + os.Getenv("PATH")}
	for name, value := range d.env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	return p
}

// start starts the program.
func (d *desk) start(line string) *process {
	d.Helper()
	p := d.program(line)
	noErr(d, p.cmd.Start())
	d.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

func (p *process) signal(s syscall.Signal) {
	p.Helper()
	noErr(p, p.cmd.Process.Signal(s))
}

// end waits for the process and returns what came of it.
func (p *process) end() *outcome {
	p.Helper()
	_ = p.cmd.Wait() // the code says it
	return &outcome{TB: p.desk.TB, code: migratecli.Code(p.cmd.ProcessState.ExitCode()),
		out: p.out.String(), err: p.errs.String()}
}

func (o *outcome) coded(want migratecli.Code) *outcome {
	o.Helper()
	if o.code != want {
		o.Errorf("code %d, want %d\n%s%s", o.code, want, o.out, o.err)
	}
	return o
}
