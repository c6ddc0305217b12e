package dialect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// Exam is how a kind of database is examined: with questions whose answers are
// rows of name and value, and a table of what follows from them.
type Exam struct {
	product   func(Answers) string
	version   string // the answer that has it
	questions []question
	facts     []string // the answers worth showing
	checks    []check
}

// Answers are what is known, by name: from the questions, and from the driver.
type Answers map[string]string

// question is a statement whose rows are name and value. An optional one may
// fail, as where the database's user is not allowed to ask.
type question struct {
	sql      string
	optional bool
}

// check is a thing that may be wrong. What, why and do may hold {name}, which
// stands for an answer.
type check struct {
	severity      drivers.Severity
	subject       string
	when          func(Answers) bool
	what, why, do string
}

// clock is the question's name under which the server tells its time, as
// seconds since 1970.
const clock = "clock"

// maxSkew is how far clocks may be apart.
const maxSkew = 2 * time.Second

// Take examines the database at the other end of c, of which the driver knows
// some answers already.
func (e *Exam) Take(ctx context.Context, c drivers.Conn, known Answers) (*drivers.Examination, error) {
	for _, q := range e.questions {
		before := time.Now()
		delete(known, clock)
		err := known.ask(ctx, c, q.sql)
		if err != nil && (!q.optional || c.State() != drivers.TxIdle || ctx.Err() != nil) {
			return nil, err
		}
		known.compareClocks(before, time.Now())
	}
	return e.judge(known), nil
}

// ask runs a question and keeps the answers.
func (a Answers) ask(ctx context.Context, c drivers.Conn, sql string) error {
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpQuery, SQL: sql}}}
	r, err := c.Run(ctx, &f)
	if err != nil {
		return err
	}
	for r.Next() {
		var name, value string
		if err = r.Scan(&name, &value); err != nil {
			break
		}
		a[strings.ToLower(name)] = value
	}
	return errors.Join(err, r.Close())
}

// compareClocks keeps by how much the server's clock is wrong at least, as seen
// from here: it was read at some time between before and after.
func (a Answers) compareClocks(before, after time.Time) {
	seconds, err := strconv.ParseFloat(a[clock], 64)
	if err != nil {
		return
	}
	server := time.UnixMicro(int64(seconds * 1e6))
	skew := min(0, server.Sub(before))
	if server.After(after) {
		skew = server.Sub(after)
	}
	if skew.Abs() > maxSkew {
		a["skew"] = skew.Round(100 * time.Millisecond).String()
	}
}

func (e *Exam) judge(a Answers) *drivers.Examination {
	found := &drivers.Examination{Product: e.product(a), Version: a[e.version]}
	for _, name := range e.facts {
		if value := a[name]; value != "" {
			found.Facts = append(found.Facts, drivers.Fact{Name: name, Value: value})
		}
	}
	for _, c := range e.checks {
		if c.when(a) {
			found.Findings = append(found.Findings, c.finding(a))
		}
	}
	slices.SortStableFunc(found.Findings, func(x, y drivers.Finding) int {
		return cmp.Compare(y.Severity, x.Severity)
	})
	return found
}

func (c *check) finding(a Answers) drivers.Finding {
	return drivers.Finding{Severity: c.severity, Subject: c.subject,
		What: a.fill(c.what), Why: a.fill(c.why), Do: a.fill(c.do)}
}

// fill replaces each {name}.
func (a Answers) fill(text string) string {
	for name, value := range a {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// The conditions of checks. One about an answer that is not known is false.

func is(name string, values ...string) func(Answers) bool {
	return func(a Answers) bool {
		value, ok := a[name]
		return ok && slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, value) })
	}
}

func isNot(name string, values ...string) func(Answers) bool {
	in := is(name, values...)
	return func(a Answers) bool { return a[name] != "" && !in(a) }
}

func has(name, part string) func(Answers) bool {
	return func(a Answers) bool { return strings.Contains(a[name], part) }
}

func lacks(name string, parts ...string) func(Answers) bool {
	return func(a Answers) bool {
		value, ok := a[name]
		return ok && !slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(value, p) })
	}
}

func both(x, y func(Answers) bool) func(Answers) bool {
	return func(a Answers) bool { return x(a) && y(a) }
}

// within: low <= the number < high.
func within(name string, low, high float64) func(Answers) bool {
	return func(a Answers) bool {
		n, err := strconv.ParseFloat(a[name], 64)
		return err == nil && n >= low && n < high
	}
}

// nearly: the one number is at least nine tenths of the other.
func nearly(part, whole string) func(Answers) bool {
	return func(a Answers) bool {
		n, err := strconv.ParseFloat(a[part], 64)
		all, err2 := strconv.ParseFloat(a[whole], 64)
		return err == nil && err2 == nil && all > 0 && n >= all*9/10
	}
}

// skewed is true on every database alike.
var skewed = check{severity: drivers.Warning, subject: "clock", when: isNot("skew"),
	what: "the server's clock is {skew} away from this machine's",
	why: "times written here and times written by the server cannot be compared; tokens and " +
		"certificates can be refused as expired or not valid yet",
	do: "let both machines take their time from NTP"}

// cleartext is a connection over a network that others can read.
var cleartext = check{severity: drivers.Warning, subject: "tls",
	when: both(is("tls", "off"), is("remote", "yes")),
	what: "the connection is not encrypted, and the server is on another machine",
	why:  "the password's exchange and all data can be read on the way",
	do:   "{tls_advice}"}

// Way says what the driver knows of the way to the server.
func Way(address string, tls bool, advice string) Answers {
	a := Answers{"tls": "off", "remote": "yes", "tls_advice": advice}
	if tls {
		a["tls"] = "on"
	}
	host := strings.Trim(address, "[]")
	if host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.") ||
		strings.HasPrefix(host, "/") {
		a["remote"] = "no"
	}
	return a
}

// SetNumber keeps a number among the answers.
func (a Answers) SetNumber(name string, n uint64) { a[name] = fmt.Sprint(n) }
