// Command nocgo is built without cgo by a test.
package main

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/odbc"
)

func main() {
	_, err := odbc.Driver.Open(context.Background(), drivers.Config{URL: "odbc:DSN=shop"})
	fmt.Println(err)
}
