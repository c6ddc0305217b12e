package source

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// config is what a Flyway file of the same name with .conf behind it says.
type config struct {
	outside bool // not in a transaction
	literal bool // ${ } means nothing
}

// configure reads the file's configuration, if the format has such a thing.
func (l *loader) configure(file string) (config, error) {
	var c config
	if l.set.Format != Flyway {
		return c, nil
	}
	f, err := l.fsys.Open(file + ".conf")
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, in(file+".conf", err)
	}
	defer f.Close()
	text := bufio.NewScanner(f)
	for n := 1; text.Scan(); n++ {
		if err := c.set(strings.TrimSpace(text.Text())); err != nil {
			return c, &Error{File: file + ".conf", Line: n, Err: err}
		}
	}
	return c, in(file+".conf", text.Err())
}

func (c *config) set(line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	name, value, _ := strings.Cut(line, "=")
	name, value = strings.TrimSpace(name), strings.ToLower(strings.TrimSpace(value))
	switch {
	case name == "executeInTransaction" && (value == "true" || value == "false"):
		c.outside = value == "false"
	case name == "placeholderReplacement" && (value == "true" || value == "false"):
		c.literal = value == "false"
	case name == "encoding" && (value == "utf-8" || value == "utf8" || value == "us-ascii"):
	default:
		return fmt.Errorf("%s=%s cannot be followed; executeInTransaction, placeholderReplacement and "+
			"encoding=UTF-8 can", name, value)
	}
	return nil
}
