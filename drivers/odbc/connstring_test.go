package odbc

import (
	"strings"
	"testing"
)

func TestAConnectionStringIsReadAsODBCReadsIt(t *testing.T) {
	for text, want := range map[string][]setting{
		"DSN=shop":            {{"DSN", "shop", "shop"}},
		" DSN = shop ; ;UID=": {{"DSN", "shop", "shop"}, {"UID", "", ""}},
		"Driver={ODBC Driver 17 for SQL Server};Server=db,1433;": {
			{"Driver", "ODBC Driver 17 for SQL Server", "{ODBC Driver 17 for SQL Server}"},
			{"Server", "db,1433", "db,1433"}},
		"Pwd={a;b}}c=d};Database=x": {{"Pwd", "a;b}c=d", "{a;b}}c=d}"}, {"Database", "x", "x"}},
		"Pwd=a=b?c@d/e%20":          {{"Pwd", "a=b?c@d/e%20", "a=b?c@d/e%20"}},
	} {
		got, err := parseSettings(text)
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: %q, error %v", text, got, err)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %q, want %q", text, got[i], want[i])
			}
		}
	}
}

func TestAConnectionStringThatMakesNoSenseIsRefusedWithoutItsPassword(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "empty",
		";;":                           "empty",
		"DSN=a;secret":                 "part 2",
		"DSN=a;Pwd={secret":            "Pwd has no closing brace",
		"DSN=a;Pwd={secret}x":          "Pwd goes on after its closing brace",
		"DSN=a;dsn=b;Pwd=secret":       "dsn twice",
		"Pwd=secret;=x":                "part 2",
		"Driver=x\x00;Pwd=secret":      "NUL",
		"DSN=a;Pwd={sec}ret};Server=b": "Pwd goes on",
	} {
		_, err := parseSettings(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sec") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

func TestAnAddressTellsThePlaceAndNoSecret(t *testing.T) {
	s, err := parseSettings("Driver={x};Server=db;Port=5432;Database=shop;Uid=me;Pwd=secret;Token=secret")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.address(); got != "Server=db;Port=5432;Database=shop" {
		t.Errorf("the address is %s", got)
	}
}

func TestOptionsOfOurOwnAreTakenOffTheURL(t *testing.T) {
	s, own, err := parseURL("ODBC:DSN=a;sqlscope.maxAbandoned=3;UID=b")
	if err != nil || s.String() != "DSN=a;UID=b;" || own.maxAbandoned != 3 {
		t.Errorf("%s, %+v, error %v", s, own, err)
	}
	for _, url := range []string{"odbc:DSN=a;sqlscope.MaxAbandoned=0", "odbc:DSN=a;sqlscope.other=1", "DSN=a"} {
		if _, _, err := parseURL(url); err == nil {
			t.Errorf("%s is accepted", url)
		}
	}
}

func TestWhatADialectDependsOnIsForced(t *testing.T) {
	for _, test := range []struct {
		dialect     *dialect
		given, want string // want: a part of the error, or of the string
		refused     bool
	}{
		{postgres, "Driver=x", "UseServerSidePrepare=0;Protocol=7.4-0;UseDeclareFetch=0;BoolsAsChar=0;", false},
		{postgres, "Driver=x;useserversideprepare=1", "UseServerSidePrepare=1; it must be UseServerSidePrepare=0", true},
		{postgres, "Driver=x;Protocol=7.4-1", "rolls back on its own", true},
		{postgres, "Driver=x;UseDeclareFetch=1", "aborted", true},
		{postgres, "Driver=x;BoolsAsChar=No", "BoolsAsChar=0", false},
		{mysql, "Driver=x", "OPTION=2", false},
		{mysql, "Driver=x;Option=67", "OPTION=67", false},
		{mysql, "Driver=x;Option=4194304", "reconnection", true},
		{mysql, "Driver=x;Option=67108864", "several statements", true},
		{mysql, "Driver=x;CharSet=latin1", "utf8mb4", true},
		{sqlite, "Driver=x;Database=y;Timeout=1", "Timeout=1;", false},
		{postgres, "Driver={x y};Server={db};Pwd=a+b%20", "Driver=x y;Server=db;Pwd={a+b%20};", false},
		{postgres, "Driver=x;Password={a;b}}}", "Password={a;b}}};", false},
		{postgres, "Driver=x;pqopt=options=-cx=y", "pqopt={options=-cx=y fallback_application_name=sqlscope};", false},
		{sqlite, "Driver={x};Database={/y z.db}", "Driver=x;Database=/y z.db;", false},
		{sqlite, "Driver=x", ";Database=:memory:;", false},
		{sqlite, "DSN=x", "DSN=x;FKSupport=1;", false},
		{sqlite, "Driver=x;BigInt=0", "32 bits", true},
		{sqlite, "Driver=x;NoTXN=1", "NoTXN", true},
	} {
		s, err := parseSettings(test.given)
		if err != nil {
			t.Fatal(err)
		}
		s, err = test.dialect.prepare(s)
		got := s.String()
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) || (err != nil) != test.refused {
			t.Errorf("%s: %s, want %s", test.given, got, test.want)
		}
	}
}

func TestADatabaseInMemoryHasOneConnection(t *testing.T) {
	for text, want := range map[string]bool{"Driver=SQLite3;Database=:memory:": true, "Driver=SQLite3;Database=x": false,
		"Driver=SQLite3": true, "DSN=shop": false} {
		s, err := parseSettings(text)
		if err != nil || sqlite.local(s) != want {
			t.Errorf("%s: error %v", text, err)
		}
	}
}

func FuzzSettings(f *testing.F) {
	f.Add("Driver={a}}b};Server=x;Pwd={;}")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSettings(text)
		if err != nil {
			return
		}
		again, err := parseSettings(s.String())
		if err != nil || len(again) != len(s) {
			t.Fatalf("%q became %q, error %v", text, s.String(), err)
		}
		for i := range s {
			if s[i].key != again[i].key || s[i].value != again[i].value {
				t.Fatalf("%q became %q", s[i], again[i])
			}
		}
	})
}
