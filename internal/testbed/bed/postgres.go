package bed

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/internal/testbed/engine"
)

// Postgres is PostgreSQL. Every server that the testbed starts runs with
// testdata/postgres/postgresql.conf.
var Postgres = Database{
	Name:      "postgres",
	Ping:      pingPostgres,
	Container: postgresContainer,
	Local:     postgresLocal,
}

const (
	// account is the user, the password and the database, as in docker-compose.yml.
	account = "sqlscope"
	// postgresPublicImage is pulled unless SQLSCOPE_POSTGRES_IMAGE names another one.
	postgresPublicImage = "postgres:17-alpine"
	// postgresRecipe names what testdata/images/postgres builds.
	postgresRecipe = "sqlscope-test/postgres:15"
	// postgresConfig is where the configuration lies in the container.
	postgresConfig = "/etc/sqlscope.conf"
)

// postgresCommand gives the server a key that belongs to it, which it insists on,
// and goes on with the entrypoint of the official image or of the recipe's.
const postgresCommand = `set -e
install -o postgres -m 600 /etc/` + tlsKey + ` /var/lib/` + tlsKey + `
exec bash "$(command -v docker-entrypoint.sh || echo /usr/local/bin/entrypoint.sh)" \
	postgres -c config_file=` + postgresConfig + ` -c ssl=on \
	-c ssl_cert_file=/etc/` + tlsCert + ` -c ssl_key_file=/var/lib/` + tlsKey

// postgresDSN is the URL of a server that the testbed started.
func postgresDSN(host, port string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(account, account),
		Host:     net.JoinHostPort(host, port),
		Path:     account,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// pingPostgres connects and runs a query: a server that is starting or
// stopping accepts connections and refuses queries.
func pingPostgres(ctx context.Context, dsn string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "SELECT 1")
	_ = conn.Close(ctx)
	return err
}

// postgresContainer starts the official image, or the one from the recipe,
// which reads the same variables.
func postgresContainer(ctx context.Context, s Starter) (*Server, error) {
	image, err := postgresImage(s)
	if err != nil {
		return nil, err
	}
	request, err := postgresRequest()
	if err != nil {
		return nil, err
	}
	c, err := startContainer(ctx, s, image, request)
	if err != nil {
		return nil, err
	}
	dsn := postgresDSN(c.Host, c.Port)
	what := fmt.Sprintf("%s on port %s", c.Image, c.Port)
	running := func() error { return c.Running(ctx) }
	restart := func(ctx context.Context) error {
		if err := c.Restart(ctx); err != nil {
			return err
		}
		return await(ctx, dsn, pingPostgres, running)
	}
	return &Server{DSN: dsn, What: what, ContainerID: c.ID, Restart: restart},
		await(ctx, dsn, pingPostgres, running)
}

// postgresImage is the image to run.
func postgresImage(s Starter) (engine.Image, error) {
	recipe, err := fixture("images/postgres")
	return engine.Image{
		Named:  s.Getenv("SQLSCOPE_POSTGRES_IMAGE"),
		Public: postgresPublicImage,
		Recipe: engine.Recipe{Dir: recipe, Name: postgresRecipe},
	}, err
}

// postgresRequest is the container, but for its image.
func postgresRequest() (engine.Request, error) {
	config, err := fixture("postgres/postgresql.conf")
	if err != nil {
		return engine.Request{}, err
	}
	files, err := tlsFiles(map[string]string{postgresConfig: config})
	return engine.Request{
		Database: "postgres",
		Port:     "5432/tcp",
		Env: map[string]string{
			"POSTGRES_USER":        account,
			"POSTGRES_PASSWORD":    account,
			"POSTGRES_DB":          account,
			"POSTGRES_INITDB_ARGS": "--no-sync",
		},
		Cmd:   []string{"bash", "-c", postgresCommand},
		Files: files,
	}, err
}
