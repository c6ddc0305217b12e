package dialect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// subjects lists what is found, in order.
func subjects(x *drivers.Examination) string {
	var found []string
	for _, f := range x.Findings {
		found = append(found, f.Severity.String()+" "+f.Subject)
	}
	return strings.Join(found, ", ")
}

func TestAServerProcessThatDidNotGreetUsIsBehindAPooler(t *testing.T) {
	for greeted, want := range map[string]string{"7": "", "8": "warning pooler"} {
		x := PostgresExam.judge(Answers{"greeted": greeted, "backend": "7"})
		if got := subjects(x); got != want {
			t.Errorf("greeted by %s: found %q, want %q", greeted, got, want)
		}
	}
}

func TestTheWorstFindingIsFirstAndNamesWhatItIsAbout(t *testing.T) {
	x := PostgresExam.judge(Answers{"lock_timeout": "0 ms", "statement_timeout": "5 ms", "standby": "true"})
	if got := subjects(x); got != "problem standby, warning statement_timeout, note lock_timeout" {
		t.Errorf("found %s", got)
	}
	if got := x.Findings[1].What; got != "statements end after 5 ms" {
		t.Errorf("said %q", got)
	}
}

func TestOnlyAnotherMachineNeedsEncryption(t *testing.T) {
	for address, want := range map[string]string{"10.1.2.3": "warning tls", "127.0.0.1": "", "::1": "", "/run": ""} {
		if got := subjects(PostgresExam.judge(Way(address, false, "x"))); got != want {
			t.Errorf("%s: found %q, want %q", address, got, want)
		}
	}
	if got := subjects(PostgresExam.judge(Way("10.1.2.3", true, "x"))); got != "" {
		t.Errorf("encrypted: found %q", got)
	}
}

func TestClocksAreApartOnlyBeyondWhatTheQuestionTook(t *testing.T) {
	before := time.Unix(1000, 0)
	after := before.Add(10 * time.Second)
	for server, want := range map[float64]string{
		1005: "", 999: "", 1011.5: "", 990: "-10s", 1014: "4s",
	} {
		a := Answers{clock: fmt.Sprint(server)}
		a.compareClocks(before, after)
		if a["skew"] != want {
			t.Errorf("server at %v: skew %q, want %q", server, a["skew"], want)
		}
	}
}
