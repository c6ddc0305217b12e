// Package archtest holds the repository to its own design: the import arrows and the budget for
// the size of files and functions that docs/design.md and CONTRIBUTING.md promise. It is run by
// its tests; nothing imports it.
//
// Every rule is a row of data with its reason. The sources of all modules in the repository are
// read, whatever their build tags; only folders that the go command ignores too (testdata and
// names that begin with a dot or an underscore) are left out, and the tests say which. What an
// imported package of others drags in is read from the go command, see [Forbidden], and so is which
// exported names the Examples use, see [Package.CheckExamples].
package archtest
