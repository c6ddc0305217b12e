package peers

import "testing"

// perMigration counts the round trips of one migration more.
func perMigration(t *testing.T, p *place, r runner) float64 {
	trips := func(n int) int64 {
		at := p.fresh(t)
		defer p.drop(t, at)
		before := p.proxy.RoundTrips()
		r.timed(t, at, series(n), n)
		return p.proxy.RoundTrips() - before
	}
	return float64(trips(40)-trips(10)) / 30
}

func TestAMigrationIsOneRoundTripWithOursAndFourWithGoose(t *testing.T) {
	p := postgres(t, 0)
	if n := perMigration(t, p, ours); n > 1.2 {
		t.Errorf("ours takes %.2f round trips for a migration", n)
	}
	for name, peer := range map[string]runner{"goose": gooses, "goose with its lock": goosesLocked} {
		if n := perMigration(t, p, peer); n < 3.5 {
			t.Errorf("%s takes %.2f round trips for a migration: the benchmark claims four", name, n)
		}
	}
}

func TestStartUpWithNothingPendingTakesOursNoMoreRoundTripsThanGoose(t *testing.T) {
	p := postgres(t, 0)
	at := p.fresh(t)
	defer p.drop(t, at)
	ours(t, at, series(3))
	twin := p.fresh(t)
	defer p.drop(t, twin)
	gooses(t, twin, series(3))
	again := func(r runner, at string) int64 { // from dialling to hanging up
		before := p.proxy.RoundTrips()
		r.timed(t, at, series(3), 0)
		return p.proxy.RoundTrips() - before
	}
	our, their := again(ours, at), again(gooses, twin)
	t.Logf("ours %d, goose %d", our, their)
	if our > their {
		t.Errorf("ours took %d round trips and goose %d", our, their)
	}
}
