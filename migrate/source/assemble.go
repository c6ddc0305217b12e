package source

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// add makes a file part of its migration.
func (l *loader) add(file string, n named, o *outline) error {
	m, err := l.migration(file, n)
	if err != nil {
		return err
	}
	conf, err := l.configure(file)
	if err != nil {
		return err
	}
	if err := l.values(file, o, conf); err != nil {
		return err
	}
	if n.direction != down {
		m.Name, m.Checksum = n.name, o.checksum
	}
	return cmp.Or(
		m.set(&m.Up, l.script(file, o.up, up, o, conf)),
		m.set(&m.Down, l.script(file, o.down, down, o, conf)))
}

// set makes s, if there is one, one of the migration's scripts.
func (m *Migration) set(to **Script, s *Script) error {
	if s == nil {
		return nil
	}
	if *to != nil {
		return in(s.File, fmt.Errorf("%s has the same version, %s; give one of them another", (*to).File, m.Version))
	}
	*to = s
	return nil
}

// migration returns the migration that a file belongs to.
func (l *loader) migration(file string, n named) (*Migration, error) {
	if n.kind == Repeatable {
		return l.find(key{n.kind, n.name}, "", n), nil
	}
	v, err := ParseVersion(n.version)
	if err != nil {
		return nil, in(file, err)
	}
	return l.find(key{n.kind, string(v)}, v, n), nil
}

// find returns the migration with a key, which may be new.
func (l *loader) find(k key, v Version, n named) *Migration {
	if l.found[k] == nil {
		l.found[k] = &Migration{Kind: n.kind, Version: v, Name: n.name}
	}
	return l.found[k]
}

// values checks that the variables that a file uses have values.
func (l *loader) values(file string, o *outline, c config) error {
	if c.literal {
		o.used = nil
	}
	uses := o.used
	for _, name := range o.declared {
		uses = append(uses, use{name: name})
	}
	for _, u := range uses {
		if _, ok := l.o.Variables[u.name]; !ok {
			return &Error{File: file, Line: u.line, Err: unset(u.name)}
		}
	}
	return nil
}

// function adds a migration that is written in Go.
func (l *loader) function(g Go) error {
	file := strings.TrimSpace("Go function " + g.Version + " " + g.Name)
	if g.Up == nil {
		return in(file, errors.New("it has no Up"))
	}
	m, err := l.migration(file, named{version: g.Version, name: g.Name})
	if err != nil {
		return err
	}
	return cmp.Or(m.set(&m.Up, g.script(file, g.Up)), m.set(&m.Down, g.script(file, g.Down)))
}

func (g *Go) script(file string, f Func) *Script {
	if f == nil {
		return nil
	}
	return &Script{File: file, Func: f, NoTransaction: g.NoTransaction}
}

// assemble sorts what was found.
func (l *loader) assemble() {
	lists := map[Kind]*[]*Migration{Versioned: &l.set.Migrations, Repeatable: &l.set.Repeatable,
		Baseline: &l.set.Baselines}
	for _, m := range l.found {
		if m.Up == nil && m.Down != nil {
			l.note(in(m.Down.File, errors.New("there is a way down and no way up; add the file that it belongs to")))
		}
		*lists[m.Kind] = append(*lists[m.Kind], m)
	}
	for _, list := range lists {
		slices.SortFunc(*list, inOrder)
	}
	slices.SortFunc(l.errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
}

func inOrder(a, b *Migration) int {
	return cmp.Or(a.Version.Compare(b.Version), strings.Compare(a.Name, b.Name))
}

// check looks at the directory as a whole.
func (l *loader) check() error {
	s := l.set
	if len(s.Migrations)+len(s.Repeatable)+len(s.Baselines) == 0 && len(l.errs) == 0 {
		return fmt.Errorf("%w in %q as %s, whose files have names like %s%s", ErrNoMigrations, l.o.Dir, s.Format,
			l.rules.example, l.below())
	}
	if s.Format == Tern {
		return s.counted()
	}
	return nil
}

// counted fails at a gap between versions: tern counts, so a file is missing there.
func (s *Set) counted() error {
	for i, m := range s.Migrations {
		if want := Version(fmt.Sprint(i + 1)); m.Version.Compare(want) != 0 {
			return in(m.Up.File, fmt.Errorf("version %s is missing; tern's versions are 1, 2, 3 and so on", want))
		}
	}
	return nil
}

// below tells of a directory below that has SQL files, such as that of an embedded
// "migrations/*.sql".
func (l *loader) below() string {
	hint := ""
	_ = fs.WalkDir(l.fsys, l.o.Dir, func(file string, d fs.DirEntry, err error) error { // a hint may fail
		if err != nil || d.IsDir() || path.Ext(file) != ".sql" {
			return err
		}
		hint = fmt.Sprintf("; there are some in %q, which Options.Dir can name", path.Dir(file))
		return fs.SkipAll
	})
	return hint
}
