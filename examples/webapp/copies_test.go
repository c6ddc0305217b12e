package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// copies is how many processes of the service start at once.
const copies = 20

// TestTwentyCopiesThatStartAtOnceBringTheSchemaUpOnce builds the program and runs it as
// a deployment would: all copies on an empty database, which each of them brings up.
func TestTwentyCopiesThatStartAtOnceBringTheSchemaUpOnce(t *testing.T) {
	program := build(t)
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			dsn := database(t)
			var all []*process
			for range copies {
				all = append(all, prepare(t, program, dsn))
			}
			for _, p := range all { // the barrier
				p.letGo()
			}
			for _, p := range all {
				p.wantPage(t)
			}
			wantEachVersionOnce(t, dsn)
			for _, p := range all {
				p.terminate(t)
			}
		})
	}
}

func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "webapp")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// process is a copy. Its shell waits for a line, and becomes the program.
type process struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	url   chan string
	log   strings.Builder // what it said; read it when log is complete
	done  chan struct{}   // closed when it is
}

var announced = regexp.MustCompile(`url=(http://\S+)`)

func prepare(t *testing.T, program, dsn string) *process {
	t.Helper()
	p := &process{cmd: exec.Command("sh", "-c", `read line; exec "$0"`, program), url: make(chan string, 1),
		done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "DATABASE_URL="+dsn, "ADDRESS=127.0.0.1:0")
	input, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.input = input
	output, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.listen(output)
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.done; _ = p.cmd.Wait() })
	return p
}

// listen reads what the process says, and finds where it serves.
func (p *process) listen(output io.Reader) {
	defer close(p.done)
	for lines := bufio.NewScanner(output); lines.Scan(); {
		p.log.WriteString(lines.Text() + "\n")
		if found := announced.FindStringSubmatch(lines.Text()); found != nil {
			p.url <- found[1]
		}
	}
}

func (p *process) letGo() { _, _ = io.WriteString(p.input, "go\n") }

// wantPage asks for a page that reads from the database.
func (p *process) wantPage(t *testing.T) {
	t.Helper()
	select {
	case url := <-p.url:
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
		res, err := client.Get(url + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(page), "<html") {
			t.Errorf("status %d, error %v: %s", res.StatusCode, err, page)
		}
	case <-p.done:
		t.Fatalf("a copy ended: %s", p.log.String())
	case <-time.After(2 * time.Minute):
		t.Fatal("a copy does not start")
	}
}

// terminate asks the process to end, as who stops a deployment does.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		t.Fatal("a copy does not end")
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("a copy ended with %v: %s", err, p.log.String())
	}
}

func wantEachVersionOnce(t *testing.T, dsn string) {
	t.Helper()
	engine, err := session.Open(t.Context(), dsn, session.Options{}, appDrivers...)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close(context.Background())
	s := engine.Session()
	defer s.Close()
	versions, err := session.Collect[string](t.Context(), s,
		"SELECT version FROM sqlscope_migrations WHERE outcome = 'done' ORDER BY version")
	if got := strings.Join(versions, " "); err != nil || got != "1 2" {
		t.Errorf("versions in the history: %s, %v", got, err)
	}
}
