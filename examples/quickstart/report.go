package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// kept counts the orders in the database by the kind of their request.
func (b *books) kept() map[*kind]int {
	n := map[*kind]int{}
	sent, _ := b.stories()
	for _, s := range sent {
		n[s.kind] += s.kept
	}
	return n
}

// tally is "30 x 201, 30 x 409".
func tally(statuses map[int]int) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		parts = append(parts, fmt.Sprintf("%d x %s", statuses[status], statusName(status)))
	}
	return strings.Join(parts, ", ")
}

func statusName(status int) string {
	if status == gone {
		return "left"
	}
	return strconv.Itoa(status)
}

// print prints the account.
func (b *books) print(out io.Writer) {
	fmt.Fprintf(out, "%d requests, %d at a time, to %s on embedded SQLite: %d ms\n\n",
		len(b.visits), atOnce, b.address, b.took.Milliseconds())
	b.printKinds(out)
	b.printTotals(out)
}

func (b *books) printKinds(out io.Writer) {
	kept := b.kept()
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "REQUEST\tCLIENTS SAW\tORDERS KEPT")
	for _, k := range kinds {
		fmt.Fprintf(t, "%s\t%s\t%d\n", k.name, tally(b.statuses(k)), kept[k])
	}
	_ = t.Flush()
}

func (b *books) printTotals(out io.Writer) {
	s := &b.stats
	fmt.Fprintf(out, `
database      %d vendors, %d devices, %d orders, %d order lines
warehouse     %d orders announced, each after its commit
sessions      %d, with %d statements, %d commits and %d rollbacks
connections   %d opened; %d sessions waited for theirs, %v on average

`, b.stock.Vendors, b.stock.Devices, b.stock.Orders, b.stock.Lines,
		len(b.announced), s.Sessions, s.Statements, s.Commits, s.Rollbacks,
		s.Pool.Opened, s.Waits, average(s.WaitTime, s.Waits))
}

func average(sum time.Duration, n int64) time.Duration {
	return (sum / time.Duration(max(n, 1))).Round(time.Microsecond)
}
