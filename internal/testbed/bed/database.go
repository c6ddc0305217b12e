package bed

import (
	"context"
	"strings"
)

// Path is a way to a database server.
type Path string

// The paths, in the order in which they are tried.
const (
	// DSN: the environment names a server that somebody else runs.
	DSN Path = "dsn"
	// Container: a container of this run, through testcontainers-go.
	Container Path = "container"
	// Local: a throwaway server from binaries on this machine.
	Local Path = "local"
)

// paths is every path, in order.
var paths = []Path{DSN, Container, Local}

// Database says how one kind of database is brought up.
type Database struct {
	// Name is lower case; the environment variables are made from it.
	Name string
	// Ping connects once and returns nil when the server answers queries.
	Ping func(ctx context.Context, dsn string) error
	// Container and Local start a server and return when it answers. They
	// register with the starter what has to be removed before they start it.
	Container func(ctx context.Context, s Starter) (*Server, error)
	Local     func(ctx context.Context, s Starter) (*Server, error)
}

// Server is a server that answers.
type Server struct {
	// DSN is what tests connect with.
	DSN string
	// Path is how the server was had.
	Path Path
	// What describes the server for the reader: an image, a binary, a host.
	What string
	// ContainerID is set on the Container path only.
	ContainerID string
	// Restart stops the server, as its owner would, and starts it again on the
	// same port with the same data; it returns when the server answers. It is
	// nil on the DSN path.
	Restart func(context.Context) error
}

// Starter is what the testbed offers to the functions that start a server.
type Starter struct {
	// OnDown registers a function that removes what is about to be started.
	OnDown func(func(context.Context) error)
	// Progress tells the user about something slow.
	Progress func(string)
	// Getenv reads the environment of the run.
	Getenv func(string) string
}

// All is every database that the testbed knows. A new one is a file like
// postgres.go and a line here.
var All = []Database{Postgres, MySQL}

// dsnVar is the variable that holds the database's DSN.
func (db Database) dsnVar() string {
	return "SQLSCOPE_" + strings.ToUpper(db.Name) + "_DSN"
}
