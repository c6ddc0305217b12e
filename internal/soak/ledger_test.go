package soak

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/sqlscope/sqlscope/session"
)

func TestTheLedgerTellsEveryDifference(t *testing.T) {
	for _, c := range []struct {
		what   string
		ledger ledger
		there  []int64
		want   []string
	}{
		{"all as it was told", ledger{1: present, 2: absent, 3: either, 4: either}, []int64{1, 3}, nil},
		{"a commit that is lost", ledger{1: present}, nil, []string{"a row that was committed is not there"}},
		{"a rollback that was none", ledger{1: absent}, []int64{1}, []string{"a row that was rolled back is there"}},
		{"a row of nobody", ledger{}, []int64{7}, []string{"a row is there that nobody has written"}},
	} {
		if got := c.ledger.compare(c.there); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

func TestRowsHaveTheFateOfTheirTransaction(t *testing.T) {
	for _, c := range []struct {
		err  error
		want fate
	}{
		{nil, present},
		{fmt.Errorf("commit: %w", session.ErrCommitUnknown), either},
		{errors.New("anything else"), absent},
	} {
		l := ledger{1: pending, 2: absent, 3: present}
		l.end(c.err)
		if l[1] != c.want || l[2] != absent || l[3] != present {
			t.Errorf("after %v: %v", c.err, l)
		}
	}
}
