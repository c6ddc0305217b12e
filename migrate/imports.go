package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// ImportOptions say whose history [Migrator.Import] reads.
type ImportOptions struct {
	// Source names the source; it may be left out if there is one only.
	Source string
	// From is the tool; default: the first one whose table is there.
	From source.Format
	// Table is the table's name, if it is not the tool's usual one; it needs
	// From.
	Table string
}

// foreign is the history of another tool.
type foreign struct {
	format source.Format
	table  string
	read   func(ctx context.Context, q session.Querier, table string, s *series) ([]source.Version, error)
}

// foreigners are asked in this order: the table of golang-migrate and that of
// dbmate have one name and differ by a column.
var foreigners = []foreign{
	{source.Goose, "goose_db_version", readGoose},
	{source.GolangMigrate, "schema_migrations", readGolangMigrate},
	{source.Dbmate, "schema_migrations", readDbmate},
	{source.Tern, "schema_version", readTern},
	{source.Flyway, "flyway_schema_history", readFlyway},
}

// Import takes over the history of another tool: what it says was applied is
// recorded as imported, with the present checksums, and nothing is run. The other
// tool's table stays as it is, since migrations may read it, and is not looked at
// again. It is refused when something was applied before.
func (m *Migrator) Import(ctx context.Context, opts ...ImportOptions) ([]Record, error) {
	o := given(opts)
	if o.Table != "" && (o.From == source.Detect || !tableName.MatchString(o.Table)) {
		return nil, errors.New("migrate: ImportOptions.Table needs From, and must be a plain name")
	}
	s, err := m.one(o.Source)
	if err != nil {
		return nil, err
	}
	var out []Record
	err = m.underLock(ctx, s, &Result{}, func(ctx context.Context, r *run) (err error) {
		out, err = r.takeOver(ctx, o)
		return err
	})
	return out, err
}

// takeOver writes the first history, which is another tool's.
func (r *run) takeOver(ctx context.Context, o ImportOptions) ([]Record, error) {
	if err := r.refuseApplied(); err != nil {
		return nil, err
	}
	versions, err := r.foreignVersions(ctx, o)
	if err != nil {
		return nil, err
	}
	return r.writeFirst(ctx, r.imported(versions))
}

// imported are the records of what another tool applied.
func (r *run) imported(versions []source.Version) []*Record {
	records := make([]*Record, len(versions))
	for i, v := range versions {
		rec := r.declare(KindImport, v, "imported", "")
		if mg := r.series.byVersion[v]; mg != nil {
			rec.Name, rec.Checksum = mg.Name, mg.Checksum
		}
		records[i] = rec
	}
	return records
}

// foreignVersions reads the first history that is there.
func (r *run) foreignVersions(ctx context.Context, o ImportOptions) ([]source.Version, error) {
	for _, f := range foreigners {
		if o.From != source.Detect && o.From != f.format {
			continue
		}
		f.table = cmp.Or(o.Table, f.table)
		versions, err := r.readForeign(ctx, f)
		if session.KindOf(err) != session.KindSyntax { // it is no missing table, nor another tool's
			return versions, err
		}
	}
	return nil, errors.New("migrate: no history of goose, golang-migrate, dbmate, tern or Flyway is here")
}

func (r *run) readForeign(ctx context.Context, f foreign) (versions []source.Version, err error) {
	err = r.apart(ctx, func(ctx context.Context, q session.Querier) (err error) {
		versions, err = f.read(ctx, q, f.table, r.series)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("migrate: read %s: %w", f.table, err)
	}
	return versions, nil
}

// gooseLine is a row of goose's.
type gooseLine struct {
	VersionID int64 `db:"version_id"`
	IsApplied bool  `db:"is_applied"`
}

// readGoose: the last row of a version says whether it is applied. Goose itself
// counts row 0.
func readGoose(ctx context.Context, q session.Querier, table string, _ *series) ([]source.Version, error) {
	lines, err := session.Collect[gooseLine](ctx, q, "SELECT version_id, is_applied FROM "+table+" ORDER BY id")
	if err != nil {
		return nil, err
	}
	st := newState(nil)
	for _, l := range lines {
		if l.VersionID != 0 {
			st.took(source.Version(strconv.FormatInt(l.VersionID, 10)), l.IsApplied)
		}
	}
	return st.order, nil
}

// took follows what another tool says of a version.
func (st *state) took(v source.Version, applied bool) {
	if applied {
		st.add(&Record{Kind: KindUp, Version: v, Outcome: Done})
	} else {
		st.drop(v)
	}
}

// golangMigrateLine is golang-migrate's only row.
type golangMigrateLine struct {
	Version int64
	Dirty   bool
}

// readGolangMigrate: one row has the version that everything up to it is at.
func readGolangMigrate(ctx context.Context, q session.Querier, table string, s *series) ([]source.Version, error) {
	l, err := session.One[golangMigrateLine](ctx, q, "SELECT version, dirty FROM "+table)
	switch {
	case errors.Is(err, session.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case l.Dirty:
		return nil, fmt.Errorf("version %d is dirty: it failed half-way; put it right with the old tool first", l.Version)
	}
	return s.upTo(strconv.FormatInt(l.Version, 10))
}

// readTern: one row has the number of the last one.
func readTern(ctx context.Context, q session.Querier, table string, s *series) ([]source.Version, error) {
	n, err := session.One[int64](ctx, q, "SELECT version FROM "+table)
	if err != nil || n == 0 {
		return nil, err
	}
	return s.upTo(strconv.FormatInt(n, 10))
}

// upTo are the known versions up to one, which must be known.
func (s *series) upTo(text string) ([]source.Version, error) {
	top, err := source.ParseVersion(text)
	if err != nil {
		return nil, err
	}
	if s.byVersion[top] == nil {
		return nil, fmt.Errorf("the database is at version %s, and there is no such migration here", top)
	}
	return s.versionsTo(top), nil
}

func (s *series) versionsTo(top source.Version) (versions []source.Version) {
	for _, mg := range s.set.Migrations {
		if mg.Version.Compare(top) <= 0 {
			versions = append(versions, mg.Version)
		}
	}
	return versions
}

func readDbmate(ctx context.Context, q session.Querier, table string, _ *series) ([]source.Version, error) {
	texts, err := session.Collect[string](ctx, q, "SELECT version FROM "+table+" ORDER BY version")
	if err != nil {
		return nil, err
	}
	return parseAll(texts)
}

// flywayLine is a row of Flyway's.
type flywayLine struct {
	Version string
	Type    string
	Success bool
}

// undoes reports whether it says that a version was undone.
func (l *flywayLine) undoes() bool {
	return l.Type == "DELETE" || l.Type == "UNDO_SQL" || l.Type == "UNDO_JDBC"
}

// readFlyway: versions that succeeded, in the order of their installation. Undone
// ones have a later row that says so.
func readFlyway(ctx context.Context, q session.Querier, table string, _ *series) ([]source.Version, error) {
	lines, err := session.Collect[flywayLine](ctx, q, "SELECT version, type, success FROM "+table+
		" WHERE version IS NOT NULL ORDER BY installed_rank")
	if err != nil {
		return nil, err
	}
	st := newState(nil)
	for _, l := range lines {
		v, err := source.ParseVersion(l.Version)
		switch {
		case err != nil:
			return nil, err
		case !l.Success:
			return nil, fmt.Errorf("version %s failed; put it right with Flyway first", l.Version)
		}
		st.took(v, !l.undoes())
	}
	return st.order, nil
}
