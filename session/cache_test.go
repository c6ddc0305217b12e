package session

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/placeholder"
)

func TestTheCacheOfStatementsIsLimited(t *testing.T) {
	var cache texts
	lex := &drivers.Lexical{Placeholder: drivers.Dollar}
	for i := range maxTexts + 500 {
		sql := fmt.Sprintf("SELECT ?, %d", i)
		if got := cache.get(&cache.positional, sql, lex, placeholder.Positional).SQL; got != fmt.Sprintf("SELECT $1, %d", i) {
			t.Fatalf("%s became %s", sql, got)
		}
	}
	if n := len(cache.positional); n != maxTexts {
		t.Errorf("%d statements are kept, want %d", n, maxTexts)
	}
	if n := len(cache.named); n != 0 {
		t.Errorf("%d named statements are kept", n)
	}
}

func TestAKeptStatementIsNotReadAgain(t *testing.T) {
	var cache texts
	reads := 0
	read := func(sql string, lex *drivers.Lexical) *placeholder.Text {
		reads++
		return placeholder.Positional(sql, lex)
	}
	for range 3 {
		cache.get(&cache.positional, "SELECT ?", &drivers.Lexical{}, read)
	}
	if reads != 1 {
		t.Errorf("it was read %d times", reads)
	}
	long := "SELECT '" + strings.Repeat("x", maxTextLen) + "', ?"
	for range 2 {
		cache.get(&cache.positional, long, &drivers.Lexical{}, read)
	}
	if reads != 3 || len(cache.positional) != 1 {
		t.Errorf("a long statement was kept: read %d times, %d kept", reads, len(cache.positional))
	}
}

func TestTheCacheMayBeUsedByManyAtOnce(t *testing.T) {
	var cache texts
	lex := &drivers.Lexical{Placeholder: drivers.Dollar}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 2000 {
				sql := fmt.Sprintf("SELECT ?, %d", (i*7+w)%maxTexts)
				cache.get(&cache.positional, sql, lex, placeholder.Positional)
				cache.get(&cache.named, sql, lex, placeholder.Named)
			}
		})
	}
	wg.Wait()
}
