package bed

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/internal/testbed/engine"
)

// MySQL is MySQL or MariaDB, whichever there is: the driver's tests run on both.
var MySQL = Database{
	Name:      "mysql",
	Ping:      pingMySQL,
	Container: mysqlContainer,
	Local:     mysqlLocal,
}

const (
	// mysqlPublicImage is pulled unless SQLSCOPE_MYSQL_IMAGE names another one.
	mysqlPublicImage = "mysql:8.4"
	// mysqlRecipe names what testdata/images/mariadb builds.
	mysqlRecipe = "sqlscope-test/mariadb:10.11"
)

// mysqlOptions are for every server that the testbed starts, of either kind. The
// data is thrown away, so nothing has to survive a loss of power; and a server
// that looks up names does not know its users by their addresses.
var mysqlOptions = []string{
	"--character-set-server=utf8mb4",
	"--innodb-flush-log-at-trx-commit=0",
	"--max-allowed-packet=64M", // as MySQL has it; MariaDB's 16 MB would refuse large objects
	"--max-connections=200",    // many packages test at once, each with its own pools
	"--skip-name-resolve",
}

// mysqlTLS are the options for a certificate in a folder.
func mysqlTLS(dir string) []string {
	return []string{"--ssl-cert=" + dir + "/" + tlsCert, "--ssl-key=" + dir + "/" + tlsKey}
}

// grantOwn lets tests make databases of their own, whose names begin with the
// account's and an underscore.
const grantOwn = "GRANT ALL ON `" + account + "\\_%`.* TO '" + account + "'@'%'"

// mysqlDSN is the URL of a server that the testbed started.
func mysqlDSN(host, port string) string {
	u := url.URL{
		Scheme: "mysql",
		User:   url.UserPassword(account, account),
		Host:   net.JoinHostPort(host, port),
		Path:   account,
	}
	return u.String()
}

// pingMySQL connects and runs a query.
func pingMySQL(ctx context.Context, dsn string) error { return execMySQL(ctx, dsn, "SELECT 1") }

// execMySQL runs a statement on a connection of its own.
func execMySQL(ctx context.Context, dsn, statement string) error {
	connector, err := mysqlConnector(dsn)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}

func mysqlConnector(dsn string) (driver.Connector, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("the DSN cannot be parsed as a URL")
	}
	return mysql.NewConnector(mysqlConfig(u))
}

func mysqlConfig(u *url.URL) *mysql.Config {
	cfg := mysql.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	cfg.Logger = &mysql.NopLogger{} // it is asked until it answers
	return cfg
}

// mysqlContainer starts the official image, or the one from the recipe, which
// reads the same variables.
func mysqlContainer(ctx context.Context, s Starter) (*Server, error) {
	image, err := mysqlImage(s)
	if err != nil {
		return nil, err
	}
	request, err := mysqlRequest()
	if err != nil {
		return nil, err
	}
	c, err := startContainer(ctx, s, image, request)
	if err != nil {
		return nil, err
	}
	dsn := mysqlDSN(c.Host, c.Port)
	what := fmt.Sprintf("%s on port %s", c.Image, c.Port)
	running := func() error { return c.Running(ctx) }
	server := &Server{DSN: dsn, What: what, ContainerID: c.ID}
	if err := await(ctx, dsn, pingMySQL, running); err != nil {
		return server, err
	}
	// The recipe has granted it, and has no root that may log in; the official image has.
	_ = execMySQL(ctx, strings.Replace(dsn, account+":", "root:", 1), grantOwn)
	return server, nil
}

// mysqlImage is the image to run.
func mysqlImage(s Starter) (engine.Image, error) {
	recipe, err := fixture("images/mariadb")
	return engine.Image{
		Named:  s.Getenv("SQLSCOPE_MYSQL_IMAGE"),
		Public: mysqlPublicImage,
		Recipe: engine.Recipe{Dir: recipe, Name: mysqlRecipe},
	}, err
}

// mysqlRequest is the container, but for its image.
func mysqlRequest() (engine.Request, error) {
	files, err := tlsFiles(nil)
	return engine.Request{
		Database: "mysql",
		Port:     "3306/tcp",
		Env: map[string]string{
			"MYSQL_USER":          account,
			"MYSQL_PASSWORD":      account,
			"MYSQL_DATABASE":      account,
			"MYSQL_ROOT_PASSWORD": account,
		},
		Cmd:   slices.Concat(mysqlOptions, mysqlTLS("/etc")), // after the server's name
		Files: files,
	}, err
}
