package source

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// Options say how [Load] reads a directory. The zero value reads "." and finds out
// the rest.
type Options struct {
	// Format is whose rules the files follow; Detect by default.
	Format Format
	// Dialect is the database's; Generic by default.
	Dialect sqlsplit.Dialect
	// Dir is the directory in the file system; "." by default.
	Dir string
	// Variables are the values of variables: of ${NAME} in Plain and Flyway files,
	// and of the data of Tern's templates. In Goose's files they take precedence
	// over the environment.
	Variables map[string]string
	// Environment looks up what ENVSUB in Goose's files replaces. By default no
	// variable is set; give os.LookupEnv to do as goose does.
	Environment func(name string) (value string, ok bool)
	// TemplateFuncs are functions for Tern's templates, such as those of sprig; by
	// default there are those of text/template.
	TemplateFuncs template.FuncMap
	// Go are the migrations that are written in Go.
	Go []Go
}

// Set is what a directory holds, in order.
type Set struct {
	// Format is the one that was asked for or found.
	Format Format
	// Migrations are the versioned ones, by version.
	Migrations []*Migration
	// Repeatable are those that run again when they change, by name.
	Repeatable []*Migration
	// Baselines are those that stand for all before them, by version.
	Baselines []*Migration
	// Ignored are the files with SQL that are no migrations by the format's rules.
	Ignored []string
}

// Load reads the migrations of a directory once, but for their statements: names,
// annotations, variables and checksums. What is wrong is an [*Error], or several of
// them joined; a directory without migrations is [ErrNoMigrations]. fsys may be nil if
// all of them are in Options.Go.
func Load(fsys fs.FS, o Options) (*Set, error) {
	o.Dir = cmp.Or(o.Dir, ".")
	l := &loader{fsys: fsys, o: &o, set: &Set{Format: o.Format}, found: map[key]*Migration{}}
	files, err := l.list()
	if err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	if o.Format == Detect {
		if l.set.Format, err = l.detect(files); err != nil {
			return nil, err
		}
	}
	return l.load(files)
}

// load reads the files, whose format is known.
func (l *loader) load(files []string) (*Set, error) {
	l.rules = &allRules[l.set.Format]
	for _, file := range files {
		l.note(l.file(file))
	}
	for _, g := range l.o.Go {
		l.note(l.function(g))
	}
	l.assemble()
	l.note(l.check())
	if len(l.errs) > 0 {
		return nil, errors.Join(l.errs...)
	}
	return l.set, nil
}

// loader collects migrations.
type loader struct {
	fsys  fs.FS
	o     *Options
	rules *rules
	set   *Set
	found map[key]*Migration
	errs  []error
}

// key identifies a migration: repeatable ones by name, others by version.
type key struct {
	kind Kind
	id   string
}

// errorLimit is how many errors are told.
const errorLimit = 20

func (l *loader) note(err error) {
	if err != nil && len(l.errs) < errorLimit {
		l.errs = append(l.errs, err)
	}
}

// list returns the paths of the directory's files in order. Flyway's directories
// have others below them.
func (l *loader) list() ([]string, error) {
	if l.fsys == nil {
		return nil, nil
	}
	var files []string
	err := fs.WalkDir(l.fsys, l.o.Dir, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			files = append(files, file)
		case file != l.o.Dir && l.set.Format != Flyway && l.set.Format != Detect:
			return fs.SkipDir
		}
		return nil
	})
	return files, err
}

// nested reports whether a file is below the directory itself.
func (l *loader) nested(file string) bool { return path.Dir(file) != path.Clean(l.o.Dir) }

// file reads one file.
func (l *loader) file(file string) error {
	base := path.Base(file)
	if l.nested(file) && l.set.Format != Flyway {
		return nil
	}
	n, ok := l.rules.name(base)
	if !ok {
		return l.other(file)
	}
	outline, err := l.survey(file, n.direction)
	if err != nil {
		return in(file, err)
	}
	if outline.repeatable {
		n.kind = Repeatable
	}
	return l.add(file, n, outline)
}

// other deals with a file that is no migration by its name.
func (l *loader) other(file string) error {
	base := path.Base(file)
	switch {
	case l.set.Format == Goose && gooseCode.MatchString(base) && !strings.HasSuffix(base, "_test.go"):
		return l.code(file)
	case l.set.Format == Flyway && callback.MatchString(base):
		return in(file, errors.New("callbacks of Flyway are not run; do what it does in a migration"))
	case !strings.HasSuffix(base, ".sql"):
		return nil
	case l.rules.strict:
		return in(file, fmt.Errorf("a %s file has a name like %s", l.set.Format, l.rules.example))
	}
	l.set.Ignored = append(l.set.Ignored, file)
	return nil
}

// code asks for the function that stands in one of goose's Go files.
func (l *loader) code(file string) error {
	want, err := ParseVersion(gooseCode.FindStringSubmatch(path.Base(file))[1])
	if err != nil {
		return in(file, err)
	}
	given := func(g Go) bool { v, err := ParseVersion(g.Version); return err == nil && v == want }
	if !slices.ContainsFunc(l.o.Go, given) {
		return in(file, fmt.Errorf("this migration is written in Go; give its functions in Options.Go as version %s", want))
	}
	return nil
}

func (l *loader) survey(file string, only direction) (*outline, error) {
	f, err := l.fsys.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o, err := survey(f, l.rules, only)
	if err == nil && l.rules.declared {
		err = o.allDeclared()
	}
	return o, err
}
