package drivers_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

func ExampleSettings() {
	s := drivers.Settings{}.With("app.user", "ada").With("app.tenant", "acme")
	tenant, ok := s.Get("app.tenant")
	fmt.Println(tenant, ok, s.Len(), s) // values are not printed
	for name, value := range s.All() {
		fmt.Println(name, "is", value)
	}
	fmt.Println(s == drivers.Settings{}.With("app.tenant", "acme").With("app.user", "ada"))
	// Output:
	// acme true 2 [app.tenant app.user]
	// app.tenant is acme
	// app.user is ada
	// true
}

func TestSettingsAreWhatAMapWouldBe(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 1))
	for range 500 {
		want := map[string]string{}
		var got drivers.Settings
		for range chance.IntN(6) {
			name := fmt.Sprint("app.", chance.IntN(4))
			value := strings.Repeat("é'", chance.IntN(100))
			got, want[name] = got.With(name, value), value
		}
		if all := maps.Collect(got.All()); !maps.Equal(all, want) || got.Len() != len(want) {
			t.Fatalf("got %q, want %q", all, want)
		}
		again := drivers.Settings{}
		names := slices.Sorted(maps.Keys(want))
		chance.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for _, name := range names {
			again = again.With(name, want[name])
		}
		if again != got {
			t.Fatalf("%q and %q differ", again, got)
		}
		if value, ok := got.Get("app.9"); ok || value != "" {
			t.Fatalf("app.9 is %q", value)
		}
	}
}
