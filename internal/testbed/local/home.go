package local

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// prefix starts the names of the directories made by NewHome.
const prefix = "sqlscope-testbed-"

// Home is the directory of one throwaway server and the user it runs as.
type Home struct {
	// Dir belongs to the server's user; nobody else may read it.
	Dir string
	// credential is nil when the server runs as the user who runs the testbed.
	credential *syscall.Credential
}

// serverUsers are tried in this order when root runs the testbed.
var serverUsers = []string{"postgres", "mysql", "nobody"}

// NewHome makes a directory for the server. Its name carries the process id, by
// which RemoveStale knows whose it was.
func NewHome(database string) (*Home, error) {
	user, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", homeName(os.Getpid(), database))
	if err != nil {
		return nil, err
	}
	home := &Home{Dir: dir, credential: user}
	if err := home.handOver(); err != nil {
		_ = home.Remove()
		return nil, err
	}
	return home, nil
}

// handOver gives the directory to the server's user.
func (h *Home) handOver() error {
	if h.credential == nil {
		return nil
	}
	return os.Chown(h.Dir, int(h.credential.Uid), int(h.credential.Gid))
}

// homeName is how the directory's name begins.
func homeName(pid int, database string) string {
	return fmt.Sprintf("%s%d-%s-", prefix, pid, database)
}

// serverUser returns the user for servers that refuse to run as root, and nil
// when this process does not run as root.
func serverUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range serverUsers {
		if credential, err := lookup(name); err == nil {
			return credential, nil
		}
	}
	return nil, fmt.Errorf("a server must not run as root, and none of the users %s exists",
		strings.Join(serverUsers, ", "))
}

// lookup returns the credential of the user with this name.
func lookup(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// Command returns a command that runs in the home as the server's user.
func (h *Home) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = h.Dir
	cmd.Env = append(os.Environ(), "HOME="+h.Dir, "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: h.credential, Setpgid: true}
	return cmd
}

// WriteFile writes a file in the home that the server's user can read.
func (h *Home) WriteFile(name string, text []byte) error {
	return os.WriteFile(filepath.Join(h.Dir, name), text, 0o644)
}

// WriteSecret writes a file in the home that nobody but the server's user can read.
func (h *Home) WriteSecret(name string, text []byte) error {
	file := filepath.Join(h.Dir, name)
	if err := os.WriteFile(file, text, 0o600); err != nil || h.credential == nil {
		return err
	}
	return os.Chown(file, int(h.credential.Uid), int(h.credential.Gid))
}

// Remove removes the directory.
func (h *Home) Remove() error {
	return os.RemoveAll(h.Dir)
}

// RemoveStale removes the directories of runs that were killed before they
// could clean up, and returns how many there were. Those of other users stay.
func RemoveStale() int {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	count := 0
	for _, dir := range dirs {
		if forgotten(dir) && os.RemoveAll(dir) == nil {
			count++
		}
	}
	return count
}

// forgotten reports whether the process that made the directory is gone.
func forgotten(dir string) bool {
	owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), prefix), "-")
	pid, err := strconv.Atoi(owner)
	return err == nil && !Alive(pid)
}
