package migratecli_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/migrate/migratecli"
)

// examination is what doctor shows.
type examination struct {
	Product, Version, Dialect string
	Capabilities              map[string]string
	Settings                  []struct{ Name, Value string }
	Findings                  []struct{ Severity, Subject, What, Why, Do string }
}

func TestTheDoctorShowsWhatTheDatabaseIsAndWhatWillBite(t *testing.T) {
	for kind, product := range map[string]string{"postgres": "PostgreSQL", "mysql": "MariaDB"} {
		t.Run(kind, func(t *testing.T) {
			d := newServerDesk(t, kind)
			d.want(migratecli.Fine, "doctor --fail-on never").says(product, "Settings", "Capabilities",
				"isolation", "Findings")
			x := parse[examination](d.want(migratecli.Fine, "doctor --json --fail-on never")).Data
			equal(t, "product", x.Product, product)
			equal(t, "dialect", x.Dialect, kind)
			equal(t, "savepoints", x.Capabilities["savepoints"], "yes")
			equal(t, "DDL in transactions", x.Capabilities["transactional_ddl"] == "yes", kind == "postgres")
			if x.Version == "" || len(x.Settings) == 0 || len(x.Findings) == 0 {
				t.Errorf("too little was found out: %+v", x)
			}
			for _, f := range x.Findings {
				if f.Severity == "" || f.Subject == "" || f.What == "" || f.Why == "" || f.Do == "" {
					t.Errorf("the finding does not say all: %+v", f)
				}
			}
			d.want(migratecli.Found, "doctor --fail-on note").says("why ", "do  ")
		})
	}
}

func TestTheDoctorOfSQLiteNeedsNoServer(t *testing.T) {
	d := newDesk(t)
	d.want(migratecli.Fine, "doctor").says("SQLite 3", "journal mode", "nothing that will bite")
	d.want(migratecli.Unreachable, "doctor --database sqlite:///no/such/directory/x.db").
		complains("cannot connect", "does not exist")
	d.want(migratecli.BadUsage, "doctor --fail-on odd").complains("note, warning, problem, never")
}
