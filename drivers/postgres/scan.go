package postgres

import (
	"reflect"

	"github.com/jackc/pgx/v5/pgtype"
)

// Scan implements [drivers.Rows]. An error ends the rows, as it does in pgx.
func (r *rows) Scan(dest ...any) error {
	err := r.scan(dest)
	if err != nil && r.isOpen() {
		r.err = err
		_ = r.Close()
	}
	return err
}

func (r *rows) scan(dest []any) error {
	if !r.isOpen() || r.ahead {
		return errNoRow
	}
	if len(dest) != len(r.values) || len(r.fields) != len(r.values) {
		return &columnCountError{columns: len(r.values), destinations: len(dest)}
	}
	plans, types := r.plans()
	for i, target := range dest {
		if target == nil {
			continue
		}
		if t := reflect.TypeOf(target); types[i] != t {
			f := &r.fields[i]
			types[i], plans[i] = t, r.c.types.PlanScan(f.DataTypeOID, f.Format, target)
		}
		if err := plans[i].Scan(r.values[i], target); err != nil {
			return scanError(i, r.columns[i], err)
		}
	}
	return nil
}

// plans are kept with the statement: to plan costs more than to scan.
func (r *rows) plans() ([]pgtype.ScanPlan, []reflect.Type) {
	st := r.statement
	if st.plans == nil {
		st.plans = make([]pgtype.ScanPlan, len(r.fields))
		st.planTypes = make([]reflect.Type, len(r.fields))
	}
	return st.plans, st.planTypes
}

// Values implements [drivers.Rows]; the values are those that pgx decodes.
func (r *rows) Values() ([]any, error) {
	if !r.isOpen() || r.ahead {
		return nil, errNoRow
	}
	values := make([]any, len(r.values))
	for i, raw := range r.values {
		v, err := r.value(i, raw)
		if err != nil {
			r.err = scanError(i, r.columns[i], err)
			_ = r.Close()
			return nil, r.err
		}
		values[i] = v
	}
	return values, nil
}

func (r *rows) value(i int, raw []byte) (any, error) {
	f := &r.fields[i]
	if raw == nil {
		return nil, nil
	}
	if t, ok := r.c.types.TypeForOID(f.DataTypeOID); ok {
		return t.Codec.DecodeValue(r.c.types, f.DataTypeOID, f.Format, raw)
	}
	if f.Format == pgtype.TextFormatCode {
		return string(raw), nil
	}
	return append([]byte(nil), raw...), nil
}
