package connpool_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
)

func Example() {
	ctx := context.Background()
	dialled := 0
	pool, err := connpool.New(connpool.Config[string]{
		Open: func(context.Context) (string, error) {
			dialled++
			return fmt.Sprint("connection ", dialled), nil
		},
		Close:    func(string) {},
		Options:  drivers.PoolOptions{ConnectTimeout: 10 * time.Second},
		MaxConns: 2,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close(ctx)

	for range 2 {
		lease, err := pool.Acquire(ctx, false)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(lease.Conn())
		lease.Release()
	}
	// The server was restarted: all connections that are open now are lost.
	lease, _ := pool.Acquire(ctx, false)
	pool.Invalidate(lease.Generation())
	lease.Destroy()
	if lease, err = pool.Acquire(ctx, false); err == nil {
		fmt.Println(lease.Conn())
		lease.Release()
	}
	// Output:
	// connection 1
	// connection 1
	// connection 2
}
