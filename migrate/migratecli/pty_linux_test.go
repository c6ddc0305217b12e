package migratecli_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"github.com/sqlscope/sqlscope/migrate/migratecli"
)

// terminal is a pseudoterminal, and what a program has written to it.
type terminal struct {
	testing.TB
	master, slave *os.File
	text          strings.Builder
	done          sync.WaitGroup
}

func newTerminal(t testing.TB, columns uint16) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	noErr(t, err)
	unlock, number := int32(0), uint32(0)
	ioctl(t, master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	ioctl(t, master, syscall.TIOCGPTN, unsafe.Pointer(&number))
	ioctl(t, master, syscall.TIOCSWINSZ, unsafe.Pointer(&[4]uint16{24, columns}))
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	noErr(t, err)
	term := &terminal{TB: t, master: master, slave: slave}
	term.done.Go(func() { _, _ = io.Copy(&term.text, master) }) // ends with an error when the other side is closed
	return term
}

func ioctl(t testing.TB, f *os.File, request uintptr, arg unsafe.Pointer) {
	t.Helper()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(arg)); errno != 0 {
		t.Fatal(errno)
	}
}

// run types a command at the terminal, and returns all that the terminal got.
func (term *terminal) run(d *desk, line string) (migratecli.Code, string) {
	code := d.app.Run(term.Context(), append([]string{"sqlscope"}, strings.Fields(line)...), migratecli.Stdio{
		In: strings.NewReader(""), Out: term.slave, Err: term.slave,
		Getenv: func(name string) string { return d.env[name] }})
	_ = term.slave.Close()
	term.done.Wait()
	_ = term.master.Close()
	return code, strings.ReplaceAll(term.text.String(), "\r\n", "\n")
}

func TestATerminalGetsABarAndColoursAndNoLineThatIsTooLong(t *testing.T) {
	long := "20240131120000_a_name_that_is_much_too_long_for_a_terminal_with_sixty_columns.sql"
	d := newDesk(t, "1_a.sql", table("a"), long, table("b"), "20240131120001_bad.sql", "CREATE TABEL c (id INTEGER);\n")
	d.env["LANG"] = "C.UTF-8"
	code, text := newTerminal(t, 60).run(d, "migrate up")
	equal(t, "code", code, migratecli.Failed)
	for _, part := range []string{"\r\x1b[K", "\x1b[32m✓\x1b[0m \x1b[32mapplied\x1b[0m 1 a", "▸", "─",
		"20240131120000 a_name_that", "\x1b[31m✗\x1b[0m", "\x1b[31;1merror:\x1b[0m"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %q", part, text)
		}
	}
}

func TestNoColorAndAPlainLocaleAreHonoured(t *testing.T) {
	d := newDesk(t, "1_a.sql", table("a"))
	d.env["NO_COLOR"], d.env["LC_ALL"] = "1", "C"
	_, text := newTerminal(t, 60).run(d, "migrate up")
	if strings.Contains(text, "\x1b[3") || strings.ContainsFunc(text, func(r rune) bool { return r > 127 }) {
		t.Errorf("there are colours or characters beyond ASCII: %q", text)
	}
	if !strings.Contains(text, "\r\x1b[K") || !strings.Contains(text, "+ applied 1 a") {
		t.Errorf("there is no bar: %q", text)
	}
	_, text = newTerminal(t, 60).run(d, "migrate status --color always")
	if !strings.Contains(text, "\x1b[32mapplied") {
		t.Errorf("there are no colours: %q", text)
	}
	d.env["TERM"] = "dumb"
	delete(d.env, "NO_COLOR")
	_, text = newTerminal(t, 60).run(d, "migrate redo")
	if strings.Contains(text, "\x1b") {
		t.Errorf("a dumb terminal gets %q", text)
	}
}

func TestHelpFitsTheTerminal(t *testing.T) {
	for _, columns := range []uint16{60, 140} {
		d := newDesk(t)
		code, text := newTerminal(t, columns).run(d, "migrate up --help")
		equal(t, "code", code, migratecli.Fine)
		for line := range strings.Lines(text) {
			plain := strings.NewReplacer("\x1b[1m", "", "\x1b[36m", "", "\x1b[0m", "", "\n", "").Replace(line)
			if len([]rune(plain)) > int(columns) {
				t.Errorf("%d columns: %q", columns, plain)
			}
		}
		for _, part := range []string{"sqlscope migrate up", "--dry-run", "Flags of sqlscope migrate", "--lock-wait",
			"default 15m0s", "$DATABASE_URL"} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not in the help: %s", part, text)
			}
		}
	}
}
