package migrate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// Source is a series of migrations. A database may have several, each with a
// history and a lock of its own: those of an application and those of the
// libraries that it uses.
type Source struct {
	// Name tells the series apart; it is part of the history. Default "main".
	Name string
	// FS has the files; nil if there are only those of Options.Go.
	FS fs.FS
	// Options say how the files are read. The dialect is the engine's.
	Options source.Options
	// Set are migrations that have been loaded already, instead of FS.
	Set *source.Set
}

// Migrator brings the schema of one database to a version. It is safe for
// concurrent use, and so are any number of them on one database, in this
// process and in others.
type Migrator struct {
	engine  *session.Engine
	opts    Options
	dialect sqlsplit.Dialect
	series  []*series
}

// series is a source that was loaded.
type series struct {
	name      string
	set       *source.Set
	byVersion map[source.Version]*source.Migration
	byName    map[string]*source.Migration // the repeatable ones
}

// sourceName keeps names plain: they are part of SQL texts and of locks.
var sourceName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)

// New loads the sources. It does not touch the database; everything that can be
// found wrong in the files without reading their statements is an error here.
func New(engine *session.Engine, sources []Source, opts Options) (*Migrator, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return nil, errors.New("migrate: no source given")
	}
	m := &Migrator{engine: engine, opts: opts.defaults(), dialect: dialectOf(engine)}
	if opts.Schema != "" && m.dialect != sqlsplit.Postgres && m.dialect != sqlsplit.MySQL {
		return nil, fmt.Errorf("migrate: Options.Schema is set, and %s has no schemas to choose from; "+
			"open another database", engine.Describe().Driver)
	}
	return m, m.loadAll(sources)
}

func (m *Migrator) loadAll(sources []Source) error {
	for _, src := range sources {
		if err := m.load(src); err != nil {
			return err
		}
	}
	return nil
}

// dialectOf is how the engine's database reads SQL.
func dialectOf(engine *session.Engine) sqlsplit.Dialect {
	return sqlsplit.DialectOf(engine.Describe().Driver)
}

func (m *Migrator) load(src Source) error {
	src.Name = cmp.Or(src.Name, "main")
	if err := m.checkName(src.Name); err != nil {
		return err
	}
	set := src.Set
	if set == nil {
		src.Options.Dialect = m.dialect
		var err error
		if set, err = source.Load(src.FS, src.Options); err != nil {
			return fmt.Errorf("migrate: source %s: %w", src.Name, err)
		}
	}
	m.series = append(m.series, newSeries(src.Name, set))
	return nil
}

func (m *Migrator) checkName(name string) error {
	if !sourceName.MatchString(name) {
		return fmt.Errorf("migrate: source %q must have a name of up to 100 letters, digits, dots, dashes "+
			"and underscores", name)
	}
	if slices.ContainsFunc(m.series, func(s *series) bool { return s.name == name }) {
		return fmt.Errorf("migrate: two sources are called %q", name)
	}
	return nil
}

func newSeries(name string, set *source.Set) *series {
	s := &series{name: name, set: set, byVersion: map[source.Version]*source.Migration{},
		byName: map[string]*source.Migration{}}
	for _, mg := range set.Migrations {
		s.byVersion[mg.Version] = mg
	}
	for _, mg := range set.Repeatable {
		s.byName[mg.Name] = mg
	}
	return s
}

// one is the series of that name, or the only one.
func (m *Migrator) one(name string) (*series, error) {
	for _, s := range m.series {
		if s.name == name || name == "" && len(m.series) == 1 {
			return s, nil
		}
	}
	if name == "" {
		return nil, refuse("there are several sources; say which one")
	}
	return nil, refuse("there is no source %q", name)
}

// lockName is the name of the lock of those who migrate a series.
func (m *Migrator) lockName(s *series) string {
	return "sqlscope migrate " + m.opts.Schema + "/" + m.opts.Table + "/" + s.name
}
