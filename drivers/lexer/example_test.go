package lexer_test

import (
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/lexer"
)

func ExampleNext() {
	text := "a = 'b''c' -- d"
	for i := 0; i < len(text); {
		t := lexer.Next(text, i, &drivers.Lexical{})
		if !t.Blank() {
			fmt.Println(t.Text(text))
		}
		i = t.End
	}
	// Output:
	// a
	// =
	// 'b''c'
}

func ExampleToken_Blank() {
	fmt.Println(lexer.Next("/* a */", 0, &drivers.Lexical{}).Blank(), lexer.Next("a", 0, &drivers.Lexical{}).Blank())
	// Output: true false
}

func ExampleToken_Text() {
	fmt.Println(lexer.Next("a, b", 3, &drivers.Lexical{}).Text("a, b"))
	// Output: b
}

func ExampleIsWord() {
	fmt.Println(lexer.IsWord('a'), lexer.IsWord('7'), lexer.IsWord('-'))
	// Output: true true false
}

func ExampleIsSpace() {
	fmt.Println(lexer.IsSpace('\n'), lexer.IsSpace('a'))
	// Output: true false
}
