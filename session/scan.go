package session

import (
	"database/sql"
	"encoding"
	"reflect"
	"strings"
	"sync"
	"time"
)

// plan says where the columns of a result go in a T.
type plan[T any] struct {
	value T     // every row is read into it, then copied
	dest  []any // pointers into value, one a column
	asMap bool
}

// newPlan matches the columns of a result with T, which is a struct, a
// map[string]any or a scalar.
func newPlan[T any](columns []string) (*plan[T], error) {
	p := &plan[T]{}
	t := reflect.TypeFor[T]()
	switch {
	case t == reflect.TypeFor[map[string]any]():
		p.asMap = true
		return p, checkTwins(columns, t)
	case isStruct(t):
		return p, p.matchStruct(columns, t)
	case len(columns) != 1:
		return nil, refuse(ErrScan, "%d columns (%s) do not fit into one %s",
			len(columns), strings.Join(columns, ", "), t)
	}
	p.dest = []any{&p.value}
	return p, nil
}

// matchStruct finds the field of every column. A field without a column keeps
// its zero value; a column without a field is an error.
func (p *plan[T]) matchStruct(columns []string, t reflect.Type) error {
	fields := fieldsOf(t)
	if fields.err != nil {
		return fields.err
	}
	if err := checkTwins(columns, t); err != nil {
		return err
	}
	v := reflect.ValueOf(&p.value).Elem()
	for _, c := range columns {
		index, ok := fields.index[strings.ToLower(c)]
		if !ok {
			return refuse(ErrScan, "column %q has no field in %s, which knows %s",
				c, t, strings.Join(fields.names, ", "))
		}
		p.dest = append(p.dest, v.FieldByIndex(index).Addr().Interface())
	}
	return nil
}

// checkTwins refuses two columns of one name: one of them would be lost.
func checkTwins(columns []string, t reflect.Type) error {
	seen := make(map[string]bool, len(columns))
	for _, c := range columns {
		key := strings.ToLower(c)
		if seen[key] {
			return refuse(ErrScan, "two columns are called %q, so one would be lost in %s; "+
				"give one another name with AS", c, t)
		}
		seen[key] = true
	}
	return nil
}

// next reads the next row, if there is one.
func (p *plan[T]) next(r *Rows) (v T, ok bool, err error) {
	r.session.guard.enterForRows()
	defer r.session.leave()
	if !r.next() {
		return v, false, r.err
	}
	v, err = p.read(r)
	return v, true, err
}

// read reads the current row for a caller that is inside the session.
func (p *plan[T]) read(r *Rows) (T, error) {
	var zero T
	if p.asMap {
		return p.readMap(r)
	}
	p.value = zero // what a row points to must not be the next row's
	if err := r.scan(p.dest); err != nil {
		return zero, err
	}
	return p.value, nil
}

func (p *plan[T]) readMap(r *Rows) (T, error) {
	var zero T
	values, err := r.values()
	if err != nil {
		return zero, &failure{is: ErrScan, cause: err}
	}
	m := make(map[string]any, len(values))
	for i, c := range r.Columns() {
		m[c] = values[i]
	}
	return any(m).(T), nil
}

// isStruct reports whether columns go to t's fields, one each, and not all of
// one column to t.
func isStruct(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return false
	}
	p := reflect.PointerTo(t)
	return !p.Implements(reflect.TypeFor[sql.Scanner]()) &&
		!p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) &&
		!p.Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]())
}

// structFields are the fields of a struct by the name of their column.
type structFields struct {
	index map[string][]int
	names []string
	twins map[string]error // columns for which two fields are equally good
	err   error            // one of them
}

// fieldCache remembers structFields by type; there are only as many as the
// program has types.
var fieldCache sync.Map // reflect.Type -> *structFields

func fieldsOf(t reflect.Type) *structFields {
	if f, ok := fieldCache.Load(t); ok {
		return f.(*structFields)
	}
	f := &structFields{index: map[string][]int{}, twins: map[string]error{}}
	f.add(t, nil)
	for _, err := range f.twins {
		f.err = err
	}
	cached, _ := fieldCache.LoadOrStore(t, f)
	return cached.(*structFields)
}

func (f *structFields) add(t reflect.Type, at []int) {
	for i := range t.NumField() {
		field := t.Field(i)
		index := append(append([]int(nil), at...), i)
		name, tagged := field.Tag.Lookup("db")
		switch {
		case name == "-" || !field.IsExported() && !field.Anonymous:
		case field.Anonymous && !tagged && isStruct(field.Type):
			f.add(field.Type, index)
		case !field.IsExported():
		case tagged && name != "":
			f.put(t, name, index)
		default:
			f.put(t, snakeCase(field.Name), index)
		}
	}
}

// put enters a field. As in Go, an outer field hides those of embedded structs.
func (f *structFields) put(t reflect.Type, name string, index []int) {
	key := strings.ToLower(name)
	old, ok := f.index[key]
	switch {
	case !ok:
		f.names = append(f.names, name)
	case len(old) < len(index):
		return
	case len(old) == len(index):
		f.twins[key] = refuse(ErrScan, "%s has two fields for column %q", t, name)
	default:
		delete(f.twins, key)
	}
	f.index[key] = index
}

// snakeCase turns UserID into user_id.
func snakeCase(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && isUpper(r) && (!isUpper(runes[i-1]) || i+1 < len(runes) && isLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

func isUpper(r rune) bool { return r >= 'A' && r <= 'Z' }
func isLower(r rune) bool { return r >= 'a' && r <= 'z' }
