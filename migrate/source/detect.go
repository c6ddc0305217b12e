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
	byName := l.byNames(files)
	if byName == Flyway {
		return Flyway, nil
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
	return byName, nil
}

// byNames is the format that the names of the files look like. Only Flyway's are
// like no others.
func (l *loader) byNames(files []string) Format {
	like := Plain
	for _, file := range files {
		switch base := path.Base(file); {
		case isFlyway(base):
			return Flyway
		case l.nested(file):
		case base == "tern.conf":
			like = Tern
		case isPair(base):
			like = GolangMigrate
		}
	}
	return like
}

func isFlyway(base string) bool {
	_, ok := flywayName(base)
	return ok && strings.Contains(base, "__") && !strings.HasSuffix(base, ".up.sql") &&
		!strings.HasSuffix(base, ".down.sql")
}

func isPair(base string) bool {
	_, ok := pairName(base)
	return ok
}

// evidence returns the format that a file's annotations belong to, if any.
func (l *loader) evidence(file string) (Format, error) {
	f, err := l.fsys.Open(file)
	if err != nil {
		return Detect, in(file, err)
	}
	defer f.Close()
	text := newLines(f)
	defer text.free()
	for {
		p, err := text.next()
		if err == io.EOF {
			return Detect, nil
		}
		if err != nil {
			return Detect, in(file, err)
		}
		if line, ok := p.line(); ok && formatOf(line) != Detect {
			return formatOf(line), nil
		}
	}
}

// formatOf is the format that a line's annotation belongs to, or Detect.
func formatOf(line string) Format {
	if isPlain(line) {
		return Plain
	}
	for _, e := range evidence {
		if e.in(line) {
			return e.format
		}
	}
	return Detect
}
