package source

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// environment evaluates what goose's ENVSUB does: $NAME, ${NAME}, ${NAME:-default},
// ${NAME-default}, ${NAME?message} and ${NAME:offset:length}. \$ and $$ are a dollar
// sign, and a name without a value is empty.
type environment struct {
	lookup func(string) (string, bool)
}

// expand returns the text with its variables replaced.
func (e environment) expand(text string) (string, error) {
	out, rest, err := e.until(text, "")
	if rest != "" && err == nil {
		return out + rest, nil
	}
	return out, err
}

// until expands text up to a byte of stop, and returns what is left.
func (e environment) until(text, stop string) (out, rest string, err error) {
	var b strings.Builder
	for text != "" && !strings.ContainsRune(stop, rune(text[0])) {
		switch {
		case strings.HasPrefix(text, `\\`), strings.HasPrefix(text, `$(`):
			b.WriteString(text[:2])
			text = text[2:]
		case strings.HasPrefix(text, `\$`), strings.HasPrefix(text, `$$`):
			b.WriteByte('$')
			text = text[2:]
		case text[0] == '$' && len(text) > 1:
			value, after, err := e.variable(text[1:])
			if err != nil {
				return "", "", err
			}
			b.WriteString(value)
			text = after
		default:
			b.WriteByte(text[0])
			text = text[1:]
		}
	}
	return b.String(), text, nil
}

// variable expands what follows a dollar sign.
func (e environment) variable(text string) (value, rest string, err error) {
	braced := strings.HasPrefix(text, "{")
	name, rest := cutName(strings.TrimPrefix(text, "{"))
	if name == "" {
		return "", "", fmt.Errorf(`"$%.10s" is not a variable; where ENVSUB is on a dollar sign is written \$`, text)
	}
	value, set := e.lookup(name)
	if !braced {
		return value, rest, nil
	}
	value, rest, err = e.operation(name, value, set, rest)
	if err == nil && !strings.HasPrefix(rest, "}") {
		err = fmt.Errorf("${%s is not closed by }", name)
	}
	return value, strings.TrimPrefix(rest, "}"), err
}

func cutName(text string) (name, rest string) {
	for i, r := range text {
		if !unicode.IsLetter(r) && (i == 0 || !unicode.IsNumber(r) && r != '_') {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

// operation follows what stands between a name and the closing brace.
func (e environment) operation(name, value string, set bool, rest string) (string, string, error) {
	switch {
	case strings.HasPrefix(rest, ":-"):
		return e.instead(value, value != "", rest[2:])
	case strings.HasPrefix(rest, "-"):
		return e.instead(value, set, rest[1:])
	case strings.HasPrefix(rest, "?"):
		message, after, err := e.until(rest[1:], "}")
		if err == nil && !set {
			err = fmt.Errorf("the environment has no %s: %s", name, message)
		}
		return value, after, err
	case strings.HasPrefix(rest, ":"):
		return substring(value, rest[1:])
	}
	return value, rest, nil
}

// instead returns value, or the default that follows.
func (e environment) instead(value string, ok bool, text string) (string, string, error) {
	fallback, rest, err := e.until(text, "}")
	if ok {
		return value, rest, err
	}
	return fallback, rest, err
}

// substring follows ":offset" and ":offset:length"; a negative offset counts from
// the end.
func substring(value, text string) (string, string, error) {
	numbers, rest, _ := strings.Cut(text, "}")
	from, count, counted := strings.Cut(numbers, ":")
	start, err := strconv.Atoi(strings.TrimSpace(from))
	length := len(value)
	if counted && err == nil {
		length, err = strconv.Atoi(strings.TrimSpace(count))
	}
	if err != nil {
		return "", "", fmt.Errorf("%q is not an offset and a length", numbers)
	}
	return slice(value, start, length), "}" + rest, nil
}

func slice(value string, start, length int) string {
	if start < 0 {
		start = max(0, len(value)+start)
	}
	start = min(start, len(value))
	return value[start:min(len(value), start+max(0, length))]
}
