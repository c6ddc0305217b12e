//go:build !race

package odbc_test

// soakResident is what the process may have more in RAM than when all had
// settled: the heaps of C are in pieces of different ages.
const soakResident = 16 << 20
