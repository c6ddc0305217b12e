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
		for _, r := range st.records {
			all = append(all, *r)
		}
	}
	return all, nil
}
