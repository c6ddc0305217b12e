package drivers

// The interfaces below are optional: a driver implements those that fit. They
// are probed in one file of package session.

// Sharer is implemented by a [Pool] that others use too, such as a user's own
// pool that was handed in: Acquire may then have to wait for them, and the
// session limits that wait.
type Sharer interface {
	// Shared reports whether connections are handed out to others as well.
	Shared() bool
}

// Aborter is implemented by [Rows] that can be given up without reading the
// rest. Without it a session that ends with open rows destroys its connection.
type Aborter interface {
	// Abort stops the query on the server and finishes the flight. The
	// transaction counts as failed afterwards.
	Abort() error
}
