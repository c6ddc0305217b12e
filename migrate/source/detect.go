package source

import (
	"io"
	"path"
	"strings"
)

// evidence are annotations that belong to one format.
var evidence = []struct {
	format Format
	in     func(line string) bool
}{
	{Goose, func(line string) bool { _, ok := annotation(line, "+goose"); return ok }},
	{Dbmate, func(line string) bool { _, ok := annotation(line, "migrate:"); return ok }},
	{Tern, func(line string) bool { m, _ := ternMark(line); return m.kind != noMark }},
}

func isPlain(line string) bool { _, ok := annotation(line, "sqlscope:"); return ok }

// detect finds out the format, by names first and then by annotations. Files of two
// directions without annotations are golang-migrate's.
func (l *loader) detect(files []string) (Format, error) {
	fallback := Plain
	for _, file := range files {
		base := path.Base(file)
		if _, ok := flywayName(base); ok && strings.Contains(base, "__") && !strings.HasSuffix(base, ".up.sql") &&
			!strings.HasSuffix(base, ".down.sql") {
			return Flyway, nil
		}
		if l.nested(file) {
			continue
		}
		if _, ok := pairName(base); ok {
			fallback = GolangMigrate
		}
		if base == "tern.conf" {
			fallback = Tern
		}
	}
	for _, file := range files {
		if l.nested(file) || path.Ext(file) != ".sql" {
			continue
		}
		f, err := l.evidence(file)
		if f != Detect || err != nil {
			return f, err
		}
	}
	return fallback, nil
}

// evidence returns the format that a file's annotations belong to, if any.
func (l *loader) evidence(file string) (Format, error) {
	f, err := l.fsys.Open(file)
	if err != nil {
		return Detect, in(file, err)
	}
	defer f.Close()
	for text := newLines(f); ; {
		p, err := text.next()
		if err == io.EOF {
			return Detect, nil
		}
		if err != nil {
			return Detect, in(file, err)
		}
		line, ok := p.line()
		if !ok {
			continue
		}
		if isPlain(line) {
			return Plain, nil
		}
		for _, e := range evidence {
			if e.in(line) {
				return e.format, nil
			}
		}
	}
}
