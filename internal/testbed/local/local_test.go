package local

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAServerNeverRunsAsRootAndItsHomeGoesWithIt(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	openToAll(t, os.TempDir())
	home, err := NewHome("test")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := home.Command("id", "-u").Output()
	if err != nil || strings.TrimSpace(string(uid)) == "0" {
		t.Errorf("the server's user is %s (%v)", uid, err)
	}
	process, err := Start(home, "sleep", "600")
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Running(); err != nil {
		t.Error(err)
	}
	if err := process.Stop(syscall.SIGINT); err != nil {
		t.Error(err)
	}
	if err := process.Running(); err == nil {
		t.Error("a server that was stopped is said to run")
	}
	if _, err := os.Stat(home.Dir); !os.IsNotExist(err) {
		t.Errorf("the home is still there: %v", err)
	}
}

func TestAServerThatEndsIsReportedWithItsLastWords(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	openToAll(t, os.TempDir())
	home, err := NewHome("test")
	if err != nil {
		t.Fatal(err)
	}
	process, err := Start(home, "sh", "-c", "echo no space left")
	if err != nil {
		t.Fatal(err)
	}
	<-process.ended
	if err := process.Running(); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("error %v", err)
	}
	if err := process.Stop(syscall.SIGINT); err != nil {
		t.Error(err)
	}
}

func TestOnlyTheDirectoriesOfDeadProcessesAreForgotten(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	for pid, want := range map[int]int{os.Getpid(): 0, dead.Process.Pid: 1} {
		if err := os.Mkdir(filepath.Join(os.TempDir(), homeName(pid, "test")+"x"), 0o700); err != nil {
			t.Fatal(err)
		}
		if got := RemoveStale(); got != want {
			t.Errorf("process %d: %d directories removed, want %d", pid, got, want)
		}
	}
}

// openToAll lets the server's user into the test's temporary directory.
func openToAll(t *testing.T, dir string) {
	t.Helper()
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode()&0o001 == 0 {
			if err := os.Chmod(dir, info.Mode().Perm()|0o111); err != nil {
				t.Fatal(err)
			}
		}
	}
}
