package scopedsql_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/internal/testdsn"
)

// The network is where most of a request's time goes: what is a savepoint here
// must not cost more of it than the transaction that the code was written for.
func TestACodesTransactionTakesNoMoreRoundTripsInAScopeThanByItself(t *testing.T) {
	for _, c := range comparisons(t)[1:] { // SQLite has no network
		t.Run(c.name, func(t *testing.T) {
			proxy, url := testdsn.Proxied(t, c.url)
			c.url = url
			took := map[string]int64{}
			for _, contender := range c.contenders(t) {
				for range 3 { // statements are prepared by then
					before := proxy.RoundTrips()
					must(t, contender.Work())
					took[contender.Name] = proxy.RoundTrips() - before
				}
			}
			t.Log(took)
			if took["tx"] > took["sql"] || took["calls"] >= took["sql"] || took["sql"] == 0 {
				t.Errorf("round trips: %v", took)
			}
		})
	}
}
