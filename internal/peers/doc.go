// Package peers runs what others made beside what is made here, on the same
// servers and in the same benchmark, so that a claim about speed is a ratio of runs
// that took turns. It is a module of its own, so that nobody else gets the others.
package peers
