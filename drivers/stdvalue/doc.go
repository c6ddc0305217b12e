// Package stdvalue converts between Go values and the handful of types that
// database/sql/driver exchanges with a client library: [Append] on the way in,
// [Assign] on the way out. Drivers that stand on a raw driver.Conn share it.
//
// Two rules hold everywhere. Nothing is truncated: a value that does not fit is
// an error that says which value and which type. And what goes wrong is said in
// the words of whoever wrote the program: the number of the argument, the type
// of the variable.
package stdvalue
