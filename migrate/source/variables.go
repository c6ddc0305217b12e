package source

import (
	"bytes"
	"fmt"
	"strings"
)

// finder finds ${NAME} in a text that comes in parts. Two dollar signs stand for
// themselves.
type finder struct {
	any  bool   // a name is anything without spaces, as in Flyway
	held []byte // the end of the part before, if a variable could begin there
}

// nameLimit is how long a variable may be, its braces included.
const nameLimit = 256

// find returns the names in the next part of the text.
func (f *finder) find(text []byte) []string {
	if len(f.held) == 0 && bytes.IndexByte(text, '$') < 0 {
		return nil
	}
	text = append(f.held, text...)
	f.held = f.held[:0]
	if i := bytes.LastIndexByte(text, '$'); i >= 0 && len(text)-i < nameLimit && !bytes.ContainsAny(text[i:], "}\n") {
		f.held = bytes.Clone(text[i:])
	}
	return variablesIn(string(text), f.any)
}

func variablesIn(text string, anyName bool) []string {
	var names []string
	for text != "" {
		_, name, after := cutVariable(text, anyName)
		if name != "" {
			names = append(names, name)
		}
		text = after
	}
	return names
}

// cutVariable cuts a text at its first variable. Without one name is "", and
// before and after may still be cut somewhere.
func cutVariable(text string, anyName bool) (before, name, after string) {
	i := strings.IndexByte(text, '$')
	switch {
	case i < 0:
		return text, "", ""
	case strings.HasPrefix(text[i:], "$$"):
		return text[:i+2], "", text[i+2:]
	case !strings.HasPrefix(text[i:], "${"):
		return text[:i+1], "", text[i+1:]
	}
	name, after, closed := strings.Cut(text[i+2:], "}")
	if !closed || !isName(name, anyName) {
		return text[:i+1], "", text[i+1:]
	}
	return text[:i], name, after
}

func isName(name string, anyName bool) bool {
	if anyName {
		return name != "" && len(name) < nameLimit && !strings.ContainsAny(name, " \t\n${'\"")
	}
	return variableName.MatchString(name)
}

// replacer replaces variables by their values.
func replacer(values map[string]string, anyName bool) func(string) (string, error) {
	return func(text string) (string, error) {
		var out strings.Builder
		for text != "" {
			before, name, after := cutVariable(text, anyName)
			value, ok := values[name]
			if name != "" && !ok {
				return "", unset(name)
			}
			out.WriteString(before + value)
			text = after
		}
		return out.String(), nil
	}
}

func unset(name string) error {
	return fmt.Errorf("the variable %s has no value; give it one in Options.Variables", name)
}
