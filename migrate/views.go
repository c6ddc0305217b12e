package migrate

import "context"

// History reads all records, oldest first, of one source or of all. It takes no
// lock.
func (m *Migrator) History(ctx context.Context) ([]Record, error) {
	var all []Record
	for _, s := range m.series {
		st, err := m.read(ctx, s)
		if err != nil {
			return nil, err
		}
		all = append(all, copies(st.records)...)
	}
	return all, nil
}

// copies are records that the caller may keep.
func copies(records []*Record) []Record {
	out := make([]Record, len(records))
	for i, r := range records {
		out[i] = *r
	}
	return out
}
