package source

// Kind is when a migration is due.
type Kind uint8

// The kinds of migrations.
const (
	// Versioned migrations run once, in the order of their versions.
	Versioned Kind = iota
	// Repeatable migrations run after all versioned ones, and again when their
	// text has changed. They have a name in place of a version.
	Repeatable
	// Baseline migrations stand for all versions up to their own in a database
	// that has none yet.
	Baseline
)

// String is the kind in lower case.
func (k Kind) String() string {
	return [...]string{"versioned", "repeatable", "baseline"}[min(k, Baseline)]
}

// Migration is one step of a schema's history.
type Migration struct {
	// Kind says when it is due.
	Kind Kind
	// Version is its place in the order; "" if it is repeatable.
	Version Version
	// Name is what the file's name says behind the version. It identifies a
	// repeatable migration.
	Name string
	// Checksum identifies what Up says: SHA-256 of its text, in hexadecimal. Line
	// ends and a byte order mark make no difference, nor do blank lines at the end;
	// variables are not replaced. "" for a Go function.
	Checksum string
	// Up takes the schema to Version.
	Up *Script
	// Down takes it back; nil if there is no way back.
	Down *Script
}

// Go is a migration in Go. It is given to [Load] with the files' among which it
// belongs.
type Go struct {
	// Version is written as in a file's name: "3", "20240131120000", "1.2".
	Version string
	// Name says what it is for.
	Name string
	// Up takes the schema to Version; Down takes it back and may be nil.
	Up, Down Func
	// NoTransaction runs the functions outside a transaction.
	NoTransaction bool
}
