package engine

import (
	"os"
	"strconv"
	"time"
)

// The labels that every container of the testbed carries.
const (
	// LabelDatabase holds the database's name, such as "postgres".
	LabelDatabase = "sqlscope.testbed.database"
	// LabelPID and LabelHost name the process that started the container.
	LabelPID  = "sqlscope.testbed.pid"
	LabelHost = "sqlscope.testbed.host"
	// LabelStarted holds the time of the start in seconds since 1970.
	LabelStarted = "sqlscope.testbed.started"
)

// maxAge is how old a container may grow before it is taken for forgotten,
// whatever its labels say: process ids are used again after a restart.
const maxAge = 12 * time.Hour

// labels returns the labels of a container that the process with this id starts.
func labels(database string, pid int) map[string]string {
	return map[string]string{
		LabelDatabase: database,
		LabelPID:      strconv.Itoa(pid),
		LabelHost:     hostname(),
		LabelStarted:  strconv.FormatInt(time.Now().Unix(), 10),
	}
}

// stale reports whether the labels are those of a container that nobody will
// remove: its process is gone, or it is older than maxAge.
func stale(l map[string]string, now time.Time, alive func(pid int) bool) bool {
	started, err := strconv.ParseInt(l[LabelStarted], 10, 64)
	if err == nil && now.Sub(time.Unix(started, 0)) > maxAge {
		return true
	}
	// The process table of another host, or of another container, says nothing.
	if l[LabelHost] != hostname() {
		return false
	}
	pid, err := strconv.Atoi(l[LabelPID])
	return err == nil && !alive(pid)
}

// hostname tells this machine's containers from those of others that use the same engine.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}
