package odbc

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// setting is one keyword of a connection string with its value, and how that was
// written: some drivers take braces for a part of the value.
type setting struct{ key, value, written string }

// settings are a connection string, in order.
type settings []setting

// parseSettings reads a connection string. A value in braces may hold anything,
// a closing brace twice. See
// https://learn.microsoft.com/sql/odbc/reference/syntax/sqldriverconnect-function
// No error carries what cannot be parsed: it may have the password in it.
func parseSettings(text string) (settings, error) {
	if strings.ContainsRune(text, 0) {
		return nil, errors.New("odbc: the connection string contains a NUL")
	}
	var all settings
	for rest := text; ; {
		rest = strings.TrimLeft(rest, "; \t\r\n")
		if rest == "" {
			break
		}
		key, after, ok := strings.Cut(rest, "=")
		key = strings.TrimSpace(key)
		if !ok || key == "" || strings.ContainsAny(key, ";{}") {
			return nil, fmt.Errorf("odbc: part %d of the connection string is not keyword=value", len(all)+1)
		}
		value, left, err := cutValue(after)
		if err != nil {
			return nil, fmt.Errorf("odbc: the connection string's value of %s %w", key, err)
		}
		if _, twice := all.get(key); twice {
			return nil, fmt.Errorf("odbc: the connection string has %s twice", key)
		}
		written := strings.TrimSpace(strings.TrimSuffix(after[:len(after)-len(left)], ";"))
		all, rest = append(all, setting{key, value, written}), left
	}
	if len(all) == 0 {
		return nil, errors.New("odbc: the connection string is empty; it needs Driver=… or DSN=…")
	}
	return all, nil
}

// cutValue reads a value up to its semicolon.
func cutValue(text string) (value, rest string, err error) {
	text = strings.TrimLeft(text, " \t")
	if !strings.HasPrefix(text, "{") {
		value, rest, _ = strings.Cut(text, ";")
		return strings.TrimSpace(value), rest, nil
	}
	var b strings.Builder
	for text = text[1:]; ; {
		part, after, ok := strings.Cut(text, "}")
		if !ok {
			return "", "", errors.New("has no closing brace")
		}
		b.WriteString(part)
		if !strings.HasPrefix(after, "}") {
			text = strings.TrimLeft(after, " \t")
			break
		}
		b.WriteByte('}')
		text = after[1:]
	}
	if text != "" && text[0] != ';' {
		return "", "", errors.New("goes on after its closing brace; a brace in it is written twice")
	}
	return b.String(), strings.TrimPrefix(text, ";"), nil
}

// get finds a keyword, in upper or lower case.
func (s settings) get(key string) (string, bool) {
	for _, one := range s {
		if strings.EqualFold(one.key, key) {
			return one.value, true
		}
	}
	return "", false
}

// first is the value of the first keyword that is there.
func (s settings) first(keys ...string) string {
	for _, key := range keys {
		if value, ok := s.get(key); ok {
			return value
		}
	}
	return ""
}

// with returns the settings with one more, or another value for it, which needs
// no braces.
func (s settings) with(key, value string) settings {
	rest := slices.DeleteFunc(slices.Clone(s), func(one setting) bool { return strings.EqualFold(one.key, key) })
	return append(rest, setting{key, value, value})
}

// expand puts what a file data source says in its place; what the connection string
// says goes first. unixODBC's wide SQLDriverConnect knows no FILEDSN.
func (s settings) expand(read func(file string) string) (settings, error) {
	file, ok := s.get("FILEDSN")
	if !ok {
		return s, nil
	}
	text := read(file)
	if text == "" {
		return nil, fmt.Errorf("odbc: the file data source %s cannot be read", file)
	}
	source, err := parseSettings(text)
	if err != nil {
		return nil, fmt.Errorf("%w: in the file data source %s", err, file)
	}
	all := slices.DeleteFunc(slices.Clone(s), func(one setting) bool { return strings.EqualFold(one.key, "FILEDSN") })
	for _, one := range source {
		if _, given := s.get(one.key); !given {
			all = append(all, one)
		}
	}
	return all, nil
}

// bare writes values without braces that they do not need, for a driver that would
// take those for a part of the value.
func (s settings) bare() settings {
	all := slices.Clone(s)
	for i, one := range all {
		if !strings.ContainsAny(one.value, ";{}") && strings.TrimSpace(one.value) == one.value {
			all[i].written = one.value
		}
	}
	return all
}

// braced writes the values of some keywords in braces.
func (s settings) braced(keys ...string) settings {
	all := slices.Clone(s)
	for i, one := range all {
		if slices.ContainsFunc(keys, func(key string) bool { return strings.EqualFold(key, one.key) }) {
			all[i].written = "{" + strings.ReplaceAll(one.value, "}", "}}") + "}"
		}
	}
	return all
}

// secret is a text that no verb of fmt prints, however deep it lies in what is
// printed.
type secret func() string

// secret is the connection string as it is kept.
func (s settings) secret() secret {
	text := s.String()
	return func() string { return text }
}

// String is the connection string, password and all.
func (s settings) String() string {
	var b strings.Builder
	for _, one := range s {
		fmt.Fprintf(&b, "%s=%s;", one.key, one.written)
	}
	return b.String()
}

// places are the keywords that say which database it is and hold no secret.
var places = []string{"DSN", "Server", "Servername", "Host", "Port", "Socket", "Dbq", "Database"}

// address says which database it is: what may be printed of a connection string.
func (s settings) address() string {
	var parts []string
	for _, key := range places {
		if value, ok := s.get(key); ok {
			parts = append(parts, key+"="+value)
		}
	}
	return strings.Join(parts, ";")
}
