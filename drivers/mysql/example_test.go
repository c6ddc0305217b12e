package mysql_test

import (
	"context"
	"fmt"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/session"
)

// What is wrong with a URL is said before anything is dialled.
func Example() {
	ctx := context.Background()
	for _, url := range []string{
		"mysql://app:secret@db.example.com/shop?multiStatements=true",
		"mysql://app:secret@db.example.com/shop?cancel=perhaps",
	} {
		_, err := session.Open(ctx, url, session.Options{}, mysql.Driver)
		fmt.Println(err)
	}
	// Output:
	// mysql: URL parameter "multiStatements": a text of several statements is always refused
	// mysql: URL parameter cancel=perhaps: must be kill or close
}

// A configuration of the library's can have a password that changes.
func ExampleNew() {
	cfg := gomysql.NewConfig()
	cfg.User, cfg.Addr, cfg.DBName = "app", "db.example.com:3306", "shop"
	_ = cfg.Apply(gomysql.BeforeConnect(func(ctx context.Context, c *gomysql.Config) error {
		c.Passwd = "the token of this quarter of an hour"
		return nil
	}))
	pool, err := mysql.New(cfg, mysql.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	engine, err := session.New(pool, session.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close(context.Background())
	fmt.Println(engine.Describe().Driver, engine.Describe().Address)
	// Output:
	// mysql db.example.com:3306/shop
}

// Behind a proxy a second connection may lead to another server, where a KILL
// would meet somebody else's statement.
func ExampleCancel() {
	ctx := context.Background()
	cfg := gomysql.NewConfig()
	cfg.Addr = "proxy.example.com:6033"
	pool, err := mysql.New(cfg, mysql.Options{Cancel: mysql.CancelByClose})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pool.Close(ctx))

	// In a URL that is cancel=close.
	engine, err := session.Open(ctx, "mysql://app@proxy.example.com:6033/shop?cancel=close",
		session.Options{}, mysql.Driver)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(engine.Close(ctx))
	// Output:
	// <nil>
	// <nil>
}
