//go:build cgo && (darwin || freebsd || linux)

// Package headers says in one sentence that unixODBC's headers are missing. It
// depends on nothing, so that the compiler reaches it although the packages that
// need the headers fail in less friendly words.
package headers

/*
#cgo darwin CFLAGS: -I/usr/local/opt/unixodbc/include -I/opt/homebrew/opt/unixodbc/include
#cgo freebsd CFLAGS: -I/usr/local/include
#if defined(__has_include)
#if !__has_include(<sql.h>)
#error "drivers/odbc needs the headers of unixODBC: install unixodbc-dev (Debian) or build without it"
#endif
#endif
*/
import "C"
