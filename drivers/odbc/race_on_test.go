//go:build race

package odbc_test

// Resident memory is not told apart from what the race detector keeps for itself
// and never gives back: 6 MB for each 90 seconds of the soak, where without it
// the memory stays.
const soakResident = 128 << 20
