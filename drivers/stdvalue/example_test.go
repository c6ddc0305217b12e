package stdvalue_test

import (
	"database/sql"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

func ExampleAppend() {
	type status string
	args, err := stdvalue.Append(nil, []any{uint8(7), status("open"), (*string)(nil)})
	fmt.Println(args[0].Value, args[1].Value, args[2].Value, err)
	_, err = stdvalue.Append(nil, []any{1, []string{"a"}})
	text, _, _ := strings.Cut(err.Error(), ";")
	fmt.Println(text)
	// Output:
	// 7 open <nil> <nil>
	// argument 2: a []string cannot be sent to the database
}

func ExampleValue() {
	v, err := stdvalue.Value(sql.NullInt32{Int32: 7, Valid: true})
	fmt.Printf("%v %T %v\n", v, v, err)
	// Output:
	// 7 int64 <nil>
}

func ExampleAssign() {
	var age int8
	fmt.Println(stdvalue.Assign(&age, int64(36)), age)
	fmt.Println(stdvalue.Assign(&age, int64(300)))
	fmt.Println(stdvalue.Assign(&age, nil))
	// Output:
	// <nil> 36
	// 300 does not fit into int8
	// cannot scan NULL into int8; use *int8 (a pointer) or sql.Null[int8]
}
