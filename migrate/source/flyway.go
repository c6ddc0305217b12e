package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
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
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return c, in(file+".conf", err)
	}
	defer f.Close()
	err = c.read(f)
	return c, in(file+".conf", err)
}

func (c *config) read(r io.Reader) error {
	text := bufio.NewScanner(r)
	for n := 1; text.Scan(); n++ {
		if err := c.set(strings.TrimSpace(text.Text())); err != nil {
			return &Error{Line: n, Err: err}
		}
	}
	return text.Err()
}

func (c *config) set(line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	name, value, _ := strings.Cut(line, "=")
	name, value = strings.TrimSpace(name), strings.ToLower(strings.TrimSpace(value))
	if !slices.Contains(understood[name], value) {
		return fmt.Errorf("%s=%s cannot be followed; executeInTransaction, placeholderReplacement and "+
			"encoding=UTF-8 can", name, value)
	}
	switch name {
	case "executeInTransaction":
		c.outside = value == "false"
	case "placeholderReplacement":
		c.literal = value == "false"
	}
	return nil
}

// understood are the settings that can be followed, with their values.
var understood = map[string][]string{"executeInTransaction": {"true", "false"},
	"placeholderReplacement": {"true", "false"}, "encoding": {"utf-8", "utf8", "us-ascii"}}
