package archtest

// testOnly are the packages that exist for this repository's own tests.
var testOnly = []string{
	"./internal/adaptertest/...",
	"./internal/archtest/...", "./internal/captable/...", "./internal/fakedriver/...", "./internal/interleave/...",
	"./internal/leakcheck/...", "./internal/netproxy/...", "./internal/testbed/...",
	"./internal/peers/...", "./internal/portable/...", "./internal/soak/...", "./internal/testdsn/...",
}

// notShipped are packages that no user of the library compiles.
var notShipped = []string{"./internal/...", "./bench/..."}

// suites are packages that users import in their tests; they are written against testing.TB, and
// have the budget of tests.
var suites = []string{"./drivers/drivertest/...", "./scoped/scopedtest/..."}

// scenarios are programs that the tests of other packages run from beginning to end: long cases
// that several tests share, with the budget of tests.
var scenarios = []string{"./internal/portable/...", "./internal/soak/..."}

// Arrows are the import rules of docs/design.md, "Layout and arrows".
var Arrows = []ImportRule{
	{
		In:      []string{"./drivers"},
		Only:    []string{std},
		Reason:  "the contract is what a driver author depends on, so it depends on nothing",
		Instead: "move what needs the import into the driver or into session",
	},
	{
		In: []string{"./drivers/..."},
		// The suite proves what users get: the driver together with the session. The
		// program with ODBC is in ODBC's module, which is all that it adds.
		Except:  []string{"./drivers/drivertest/...", "./drivers/odbc/cmd/..."},
		Never:   []string{"./session/...", "./scoped/...", "./migrate/..."},
		Reason:  "arrows point down: drivers know the contract, not who uses it",
		Instead: "put what both need into the contract, package drivers",
	},
	{
		In:      []string{"./session/..."},
		Only:    []string{std, "./drivers", "./drivers/lexer", "./drivers/placeholder", "./session/..."},
		Reason:  "session works on any driver, so it knows the contract and no driver",
		Instead: "ask for it through the contract, or in the application",
	},
	{
		In:      []string{"./scoped"},
		Only:    []string{std, "./session/...", "./scoped/..."},
		Reason:  "scoped is about whose session it is, and everything else is session's",
		Instead: "use session's names, or make a leaf scoped/scopedX",
	},
	{
		In:      []string{"./scoped/..."},
		Never:   []string{"./migrate/..."},
		Reason:  "scopes and migrations are siblings on top of session",
		Instead: "move what both need down into session",
	},
	{
		In:      []string{"./migrate/..."},
		Never:   []string{"./scoped/..."},
		Reason:  "migrations run alone on one connection, outside any scope",
		Instead: "use session.RunSync",
	},
	{
		In: []string{"./migrate"},
		Never: []string{"./drivers/postgres/...", "./drivers/mysql/...", "./drivers/sqlite/...",
			"./drivers/odbc/..."},
		Reason:  "the runner works on any driver",
		Instead: "ask for it through session",
	},
	{
		In: []string{"./migrate/migratecli/..."},
		Never: []string{"./drivers/postgres/...", "./drivers/mysql/...", "./drivers/sqlite/...",
			"./drivers/odbc/..."},
		Reason:  "the command line is given its drivers, and brings none along",
		Instead: "name drivers in the program, as cmd/sqlscope does",
	},
	{
		In:      []string{"./..."},
		Except:  []string{"./migrate/migratecli/...", "./internal/testbed/..."},
		Never:   []string{"github.com/urfave/cli/...", "golang.org/x/term"},
		Reason:  "who migrates in a service must not compile a command line",
		Instead: "put it into migrate/migratecli",
	},
	{
		In:      []string{"./..."},
		Tests:   true,
		Never:   []string{"./cmd/...", "./examples/...", "./internal/archtest/..."},
		Reason:  "programs and this test are at the top: nothing imports them",
		Instead: "move the shared part into a package of its own",
	},
	{
		In:      []string{"./..."},
		Except:  []string{"./scoped/scopedhttp/...", "./examples/...", "./internal/...", "./bench/..."},
		Never:   []string{"net/http", "net/http/..."},
		Reason:  "net/http makes a worker or a CLI 2.5 MB and 115 packages larger",
		Instead: "put it into scoped/scopedhttp",
	},
	{
		In:      []string{"./..."},
		Except:  notShipped,
		Never:   testOnly,
		Reason:  "test helpers of this repository must not reach users",
		Instead: "use it in a _test.go file",
	},
	{
		In:      []string{"./..."},
		Except:  append(suites, notShipped...),
		Never:   append([]string{"testing", "testing/..."}, suites...),
		Reason:  "testing registers flags and belongs into test binaries",
		Instead: "use it in a _test.go file, or in drivers/drivertest or scoped/scopedtest",
	},
	{
		In:      []string{"./..."},
		Except:  []string{"./internal/testbed/..."},
		Tests:   true,
		Never:   []string{"github.com/testcontainers/..."},
		Reason:  "even a test file would put 122 lines into the go.sum of a driver's user",
		Instead: "read a DSN from the environment; internal/testbed starts the servers",
	},
	{
		In:      []string{"./scoped/..."},
		Except:  []string{"./scoped/scopedsql/..."},
		Never:   []string{"database/sql", "database/sql/driver"},
		Reason:  "scopes are sessions'; only their disguise as a *sql.DB knows database/sql",
		Instead: "put it into scoped/scopedsql",
	},
	{
		In: []string{"./scoped/..."},
		Never: []string{"./drivers/postgres/...", "./drivers/mysql/...", "./drivers/sqlite/...",
			"./drivers/odbc/..."},
		Reason:  "scopes work on any driver, and bring none along",
		Instead: "ask for it through session; session.NativeQuery gives the native connection",
	},
	{
		In:      []string{"./..."},
		Except:  append([]string{"./scoped/scopedpgx/...", "./drivers/postgres/...", "./examples/..."}, notShipped...),
		Never:   []string{"github.com/jackc/pgx/..."},
		Reason:  "who does not use Postgres must not compile its client",
		Instead: "put it into drivers/postgres, or into scoped/scopedpgx",
	},
	siblings("postgres", "mysql", "sqlite", "odbc"),
	siblings("mysql", "postgres", "sqlite", "odbc"),
	siblings("sqlite", "postgres", "mysql", "odbc"),
	siblings("odbc", "postgres", "mysql", "sqlite"),
	siblings("connpool", "postgres", "mysql", "sqlite", "odbc"),
	siblings("drivertest", "postgres", "mysql", "sqlite", "odbc"),
}

// siblings forbids a folder of drivers to import the databases beside it.
func siblings(folder string, databases ...string) ImportRule {
	rule := ImportRule{
		In:      []string{"./drivers/" + folder + "/..."},
		Reason:  "drivers are leaves: whoever builds one must not get another",
		Instead: "share it through drivers, drivers/connpool or drivers/placeholder",
		Except:  []string{"./drivers/odbc/cmd/..."},
	}
	for _, database := range databases {
		rule.Never = append(rule.Never, "./drivers/"+database+"/...")
	}
	return rule
}

// Forbidden are packages that must not be reached even through the packages of others: a direct
// import is only the shortest of the ways to burden a user.
var Forbidden = []ImportRule{
	{
		In: []string{"./..."},
		// gRPC brings net/http along; its leaf is a module of its own.
		Except: []string{"./scoped/scopedhttp/...", "./scoped/scopedgrpc/...", "./examples/...",
			"./internal/...", "./bench/..."},
		Never:   []string{"net/http"},
		Reason:  "net/http makes a worker or a CLI 2.5 MB and 115 packages larger",
		Instead: "find a lighter dependency, or make it a leaf or a module of its own",
	},
	{
		In:      []string{"./..."},
		Except:  append(suites, notShipped...),
		Never:   append([]string{"testing"}, testOnly...),
		Reason:  "what serves tests must not reach users",
		Instead: "import it in _test.go files only",
	},
	{
		In:      []string{"./..."},
		Except:  []string{"./internal/testbed/..."},
		Never:   []string{"github.com/testcontainers/..."},
		Reason:  "container clients must not reach users",
		Instead: "use it in internal/testbed, a module of its own",
	},
}
