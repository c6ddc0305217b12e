// Package pciids holds an excerpt of the list of PCI IDs: vendors of PCI
// hardware and their devices, some thousands of related rows of real data for
// examples and tests. LICENSE and SOURCE.md beside it say whose it is.
package pciids

import _ "embed" // for the list

// List is the excerpt in the format of the original: a line for each vendor
// (ID, two spaces, name), below it a line for each of its devices, indented
// with a tab, and comments that begin with a number sign. IDs are four
// hexadecimal digits; a device's is unique for its vendor only.
//
//go:embed pci.ids
var List string
