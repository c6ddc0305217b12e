package mysql_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
)

// breakout leaves its quotes where its first byte and the backslash behind it,
// which the library puts there, are one character of GBK.
const breakout = "\xbf' OR 1=1 -- "

func TestTheCharsetIsUTF8MB4WhateverTheConfigurationSays(t *testing.T) {
	for name, change := range map[string]func(*gomysql.Config){
		"charset=gbk": func(c *gomysql.Config) { must(t, c.Apply(gomysql.Charset("gbk", ""))) },
		"collation":   func(c *gomysql.Config) { c.Collation = "latin1_swedish_ci" },
		"the variable": func(c *gomysql.Config) {
			c.Params = map[string]string{"Character_Set_Client": "gbk"}
		},
		"the collation's variable": func(c *gomysql.Config) {
			c.Params = map[string]string{"collation_connection": "gbk_chinese_ci"}
		},
	} {
		cfg := gomysql.NewConfig()
		change(cfg)
		if _, err := mysql.New(cfg, mysql.Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	parsed, err := gomysql.ParseDSN("a:b?charset=gbk@tcp(h)/d?charset=utf8mb4,utf8&collation=utf8mb4_bin")
	must(t, err)
	_, err = mysql.New(parsed, mysql.Options{})
	must(t, err)
}

func TestACollationOfTheConfigurationIsUsed(t *testing.T) {
	cfg := libraryConfig(t, dsn(t))
	must(t, cfg.Apply(gomysql.Charset("utf8mb4", "utf8mb4_bin")))
	p, err := mysql.New(cfg, mysql.Options{Pool: options()})
	must(t, err)
	defer closePool(t, p)
	c, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	defer c.Release()
	equal(t, "it", scanned[string](t, c, "SELECT @@collation_connection"), "utf8mb4_bin")
}

// So it is with init_connect of a server, or its --skip-character-set-client-handshake.
func TestACharsetThatIsChosenWhileConnectingDoesNotOpenTheQuotes(t *testing.T) {
	cfg := libraryConfig(t, dsn(t))
	must(t, cfg.Apply(gomysql.BeforeConnect(func(_ context.Context, c *gomysql.Config) error {
		return c.Apply(gomysql.Charset("gbk", ""))
	})))
	p, err := mysql.New(cfg, mysql.Options{Pool: options()})
	must(t, err)
	defer closePool(t, p)
	c, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	defer c.Release()
	_, rows := mustRun(t, c, query("SELECT 'all' FROM (SELECT 'x' AS a) t WHERE a = ?", breakout))
	if len(rows) != 0 {
		t.Error("the argument has become a part of the statement")
	}
	equal(t, "text", scanned[string](t, c, "SELECT CONCAT(?, '😀')", "é"), "é😀")
	collation := scanned[string](t, c, "SELECT @@collation_connection")
	equal(t, collation, strings.HasPrefix(collation, "utf8mb4_"), true)
}

func TestArgumentsStayInTheirQuotesInEveryMode(t *testing.T) {
	for _, mode := range []string{"", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"} {
		c := acquire(t, open(t, dsn(t)))
		mustRun(t, c, exec("SET sql_mode = '"+mode+"'"))
		for _, text := range []string{`\' OR 1=1 -- `, `' OR 1=1 -- `, `\`, `"`, `\" OR 1=1 -- `, breakout, "\x00\x1a\n"} {
			for _, arg := range []any{text, []byte(text)} {
				_, rows := mustRun(t, c, query("SELECT HEX(?) FROM (SELECT 'x' AS a) t WHERE a <> ?", arg, arg))
				if len(rows) != 1 {
					t.Errorf("mode %s: %q has become a part of the statement", mode, arg)
					continue
				}
				equal(t, mode, rows[0], any(strings.ToUpper(hex.EncodeToString([]byte(text)))))
			}
		}
	}
}
