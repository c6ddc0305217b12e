package migrate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/migrate/source"
)

// UpOptions say how far [Migrator.Up] goes.
type UpOptions struct {
	// Source limits it to one source; default: all, in their order.
	Source string
	// To is the last version to apply, in the form that files have; default: all.
	// It leaves repeatable migrations alone.
	To string
	// Steps limits how many migrations are applied; 0: all.
	Steps int
}

// less is o after n migrations.
func (o UpOptions) less(n int) UpOptions {
	if o.Steps > 0 {
		if o.Steps -= n; o.Steps <= 0 {
			o.Steps = -1 // none
		}
	}
	return o
}

// planUp finds what is to be applied to a source, and what does not fit.
func (m *Migrator) planUp(s *series, st *state, o UpOptions) ([]Step, []Problem, error) {
	to, err := parseTo(o.To)
	if err != nil {
		return nil, nil, err
	}
	problems := m.problems(s, st)
	var steps []Step
	from := m.baseline(s, st, &steps)
	if m.opts.Order == SkipLower {
		from = cmp.Or(from, st.highest())
	}
	for _, mg := range s.set.Migrations {
		if st.applied[mg.Version] == nil && within(mg.Version, from, to) && !below(mg.Version, st) {
			steps = append(steps, m.step(s, st, KindUp, mg, mg.Up))
		}
	}
	if to == "" {
		steps = append(steps, m.planRepeatable(s, st)...)
	}
	return o.first(steps), problems, fatal(problems)
}

// within reports whether a version is above one, up to another; "" is no limit.
func within(v, from, to source.Version) bool {
	return (from == "" || v.Compare(from) > 0) && (to == "" || v.Compare(to) <= 0)
}

// first are as many steps as there may be.
func (o UpOptions) first(steps []Step) []Step {
	if o.Steps == 0 {
		return steps
	}
	return steps[:min(len(steps), max(o.Steps, 0))]
}

func parseTo(text string) (source.Version, error) {
	if text == "" {
		return "", nil
	}
	return source.ParseVersion(text)
}

// baseline plans the highest baseline script for a database that has nothing yet,
// and returns the version that it stands for.
func (m *Migrator) baseline(s *series, st *state, steps *[]Step) source.Version {
	if len(s.set.Baselines) == 0 || len(st.applied) > 0 || st.begun() {
		return ""
	}
	b := s.set.Baselines[len(s.set.Baselines)-1]
	*steps = append(*steps, m.step(s, st, KindBaseline, b, b.Up))
	return b.Version
}

// begun reports whether a migration up to its version is half done.
func (st *state) begun() bool {
	for _, r := range st.open {
		if r.Kind == KindUp {
			return true
		}
	}
	return false
}

func (m *Migrator) planRepeatable(s *series, st *state) []Step {
	var steps []Step
	for _, mg := range s.set.Repeatable {
		if !st.repeated(mg) {
			steps = append(steps, m.step(s, st, KindRepeatable, mg, mg.Up))
		}
	}
	return steps
}

// repeated reports whether a repeatable migration was applied with its present text.
func (st *state) repeated(mg *source.Migration) bool {
	r := st.repeats[mg.Name]
	return r != nil && r.Checksum == mg.Checksum
}

// fatal makes an error of the problems that stop a run.
func fatal(problems []Problem) error {
	if slices.ContainsFunc(problems, func(p Problem) bool { return p.Fatal }) {
		return &PlanError{Problems: problems}
	}
	return nil
}

// problems are what does not fit between the history and the files.
func (m *Migrator) problems(s *series, st *state) []Problem {
	return slices.Concat(m.unknown(s, st), m.edited(s, st), m.lower(s, st), m.halfDone(s, st))
}

// unknown lists the versions that were applied and are not among the files.
func (m *Migrator) unknown(s *series, st *state) []Problem {
	var found []Problem
	for _, v := range st.order {
		if s.byVersion[v] != nil || s.covered(v, st) {
			continue
		}
		p, policy := m.withoutFile(s, st.applied[v])
		p.Fatal = policy == Fail
		if policy != Allow {
			found = append(found, p)
		}
	}
	return found
}

// withoutFile is about a record whose version is not known here, and says which
// policy decides on it.
func (m *Migrator) withoutFile(s *series, r *Record) (Problem, Policy) {
	p := Problem{Kind: MissingFile, Source: s.name, Version: r.Version, Name: r.Name,
		Message: fmt.Sprintf("version %s (%s) was applied and its file is missing", r.Version, r.Name)}
	if !s.newer(r.Version) {
		return p, m.opts.Missing
	}
	p.Kind = AheadOfBinary
	p.Message = fmt.Sprintf("the database has version %s (%s), and this program knows none above %s: "+
		"it is older than the schema", r.Version, r.Name, orNone(s.latest()))
	return p, m.opts.Ahead
}

// newer reports whether a version is above all that are known.
func (s *series) newer(v source.Version) bool {
	known := s.latest()
	return known == "" || v.Compare(known) > 0
}

// covered reports whether a version has no file because a baseline stands for it.
func (s *series) covered(v source.Version, st *state) bool {
	if st.applied[v].Kind != KindBaseline {
		return false
	}
	return s.isBaseline(v) || s.latest() == "" || v.Compare(s.latest()) <= 0
}

func orNone(v source.Version) string {
	if v == "" {
		return "at all"
	}
	return string(v)
}

// latest is the highest version that is known; "" if there is none.
func (s *series) latest() source.Version {
	if n := len(s.set.Migrations); n > 0 {
		return s.set.Migrations[n-1].Version
	}
	return ""
}

// edited lists the migrations whose text is not what was applied.
func (m *Migrator) edited(s *series, st *state) []Problem {
	if m.opts.Edited == Allow {
		return nil
	}
	var found []Problem
	for _, v := range st.order {
		if r, mg := st.applied[v], s.byVersion[v]; mg != nil && s.differs(r, mg) {
			found = append(found, m.wasEdited(s, r, mg))
		}
	}
	return found
}

// differs reports whether another text was applied than the migration has now. Not
// everything has a checksum, and that of a baseline script is its own, also where the
// migration that it stands for is still there.
func (s *series) differs(r *Record, mg *source.Migration) bool {
	if r.Kind == KindBaseline && s.isBaseline(r.Version) {
		return false
	}
	return r.Checksum != mg.Checksum && r.Checksum != "" && mg.Checksum != ""
}

func (m *Migrator) wasEdited(s *series, r *Record, mg *source.Migration) Problem {
	return Problem{Kind: Edited, Source: s.name, Version: mg.Version, Name: mg.Name,
		Fatal: m.opts.Edited == Fail,
		Message: fmt.Sprintf("%s (version %s) was edited after it was applied: its checksum was %s and is %s; "+
			"undo the edit, or accept it", mg.Up.File, mg.Version, short(r.Checksum), short(mg.Checksum))}
}

func short(checksum string) string { return checksum[:min(12, len(checksum))] }

// lower lists the migrations that are pending below one that was applied.
func (m *Migrator) lower(s *series, st *state) []Problem {
	if m.opts.Order != Strict {
		return nil
	}
	var found []Problem
	top := st.highest()
	for _, mg := range s.set.Migrations {
		if st.applied[mg.Version] == nil && mg.Version.Compare(top) <= 0 && !below(mg.Version, st) {
			found = append(found, s.outOfOrder(mg, top))
		}
	}
	return found
}

func (s *series) outOfOrder(mg *source.Migration, top source.Version) Problem {
	return Problem{Kind: OutOfOrder, Source: s.name, Version: mg.Version, Name: mg.Name, Fatal: true,
		Message: fmt.Sprintf("%s (version %s) is pending below version %s, which was applied; "+
			"give it a higher version, or allow any order", mg.Up.File, mg.Version, top)}
}

// below reports whether a baseline stands for the version.
func below(v source.Version, st *state) bool {
	for _, r := range st.applied {
		if r.Kind == KindBaseline && v.Compare(r.Version) <= 0 {
			return true
		}
	}
	return false
}

// aheadHalfDone is about a version that a newer program is applying, or has
// failed to apply.
func (m *Migrator) aheadHalfDone(s *series, r *Record) []Problem {
	if m.opts.Ahead == Allow {
		return nil
	}
	return []Problem{{Kind: AheadOfBinary, Source: s.name, Version: r.Version, Name: r.Name,
		Fatal: m.opts.Ahead == Fail, Message: fmt.Sprintf("a newer program is at version %s (%s), which is not "+
			"known here, and %s", r.Version, r.Name, r.Outcome)}}
}

// halfDone lists the migrations that are half done and are not known here.
func (m *Migrator) halfDone(s *series, st *state) []Problem {
	var found []Problem
	for _, r := range st.open {
		switch known := s.knows(r); {
		case known && r.Kind != KindDown:
		case known:
			found = append(found, s.halfWay(r, "the way back from version %s (%s) is half done, %d of %d statements; "+
				"finish it with down"))
		case r.Version != "" && s.newer(r.Version):
			found = append(found, m.aheadHalfDone(s, r)...)
		default:
			found = append(found, s.halfWay(r, "version %s (%s) is half done, %d of %d statements, and its file is "+
				"missing"))
		}
	}
	slices.SortFunc(found, func(a, b Problem) int { return strings.Compare(a.Message, b.Message) })
	return found
}

// knows reports whether the migration of a record is here.
func (s *series) knows(r *Record) bool {
	return s.byVersion[r.Version] != nil || s.byName[r.Name] != nil && r.Version == "" || s.isBaseline(r.Version)
}

// isBaseline reports whether a baseline script makes the version.
func (s *series) isBaseline(v source.Version) bool {
	return slices.ContainsFunc(s.set.Baselines, func(b *source.Migration) bool { return b.Version == v })
}

// halfWay is the problem of a record that is half done.
func (s *series) halfWay(r *Record, format string) Problem {
	return Problem{Kind: HalfDone, Source: s.name, Version: r.Version, Name: r.Name, Fatal: true,
		Message: fmt.Sprintf(format, r.Version, r.Name, r.StatementsDone, r.Statements)}
}
