package mysql

import (
	"strings"
	"testing"
	"time"
)

func TestAURLBecomesTheLibrarysConfiguration(t *testing.T) {
	s, err := parseURL("mysql://us%40er:p%3Ass@db.example.com:3307/shop?tls=skip-verify&readTimeout=3s" +
		"&cancel=close&collation=utf8mb4_bin&set.innodb_lock_wait_timeout=5&set.sql_mode=ANSI,TRADITIONAL")
	if err != nil {
		t.Fatal(err)
	}
	c := s.cfg
	for what, ok := range map[string]bool{
		"user": c.User == "us@er", "password": c.Passwd == "p:ss", "database": c.DBName == "shop",
		"address": c.Addr == "db.example.com:3307" && c.Net == "tcp", "tls": c.TLSConfig == "skip-verify",
		"readTimeout": c.ReadTimeout == 3*time.Second, "cancel": s.opts.Cancel == CancelByClose,
		"collation": s.vars["collation_connection"] == "utf8mb4_bin",
		"number":    s.vars["innodb_lock_wait_timeout"] == "5",
		"text":      s.vars["sql_mode"] == "'ANSI,TRADITIONAL'",
		"scheme":    !s.opts.MariaDB, "Address": s.address() == "db.example.com:3307/shop",
	} {
		if !ok {
			t.Errorf("the %s is wrong: %+v, %+v", what, c, s)
		}
	}
}

func TestWhatAURLLeavesOutHasDefaults(t *testing.T) {
	for url, want := range map[string]string{
		"mysql://":                        "127.0.0.1:3306/",
		"mariadb:///shop":                 "127.0.0.1:3306/shop",
		"mysql://[::1]/shop":              "[::1]:3306/shop",
		"mysql:///shop?socket=/tmp/m.sck": "/tmp/m.sck/shop",
	} {
		s, err := parseURL(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if got := s.address(); got != want {
			t.Errorf("%s: address %q, want %q", url, got, want)
		}
	}
}

func TestWhatIsWrongWithAURLIsSaid(t *testing.T) {
	for url, want := range map[string]string{
		"mysql://h/d?tsl=true":                     `unknown URL parameter "tsl"; known are allowCleartext`,
		"mysql://h/d?tls=true&tls=false":           "given 2 times",
		"mysql://h/d?loc=Local":                    "always UTC",
		"mysql://h/d?multiStatements=true":         "several statements",
		"mysql://h/d?cancel=perhaps":               "must be kill or close",
		"mysql://h/d?collation=gbk_bin":            "utf8mb4",
		"mysql://h/d?compress=maybe":               "must be true or false",
		"mysql://h/d?readTimeout=5":                "duration",
		"mysql://h/d?socket=/tmp/s":                "without a host",
		"mysql://h/d?set.autocommit=1":             "sets the variable autocommit itself",
		"mysql://h/d?set.character_set_client=gbk": "always utf8mb4",
		"mysql://h/d?set.a-b=1":                    "no name of a variable",
		"mysql://h/d?set.sql_mode=%5C":             "cannot be set",
		"mysql://h/a/b":                            "no name of a database",
		"mysql://u:secret@h:port/d":                "percent-encoded",
		"mysql://u:sec ret@h/d":                    "percent-encoded",
		"postgres://h/d":                           "must begin with mysql://",
	} {
		_, err := parseURL(url)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sec") {
			t.Errorf("%s: %v, want %q and no password", url, err, want)
		}
	}
}
