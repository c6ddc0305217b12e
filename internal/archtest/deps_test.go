package archtest

import (
	"strings"
	"testing"
)

// goList is what the go command prints: one JSON object after the other.
const goList = `
{"ImportPath": "example.org/root/session", "Imports": ["fmt", "example.com/helper"]}
{"ImportPath": "example.com/helper", "Imports": ["example.com/deep", "strings"]}
{"ImportPath": "example.com/deep", "Imports": ["%s"]}
{"ImportPath": "example.org/root/scoped/scopedhttp", "Imports": ["net/http"]}
{"ImportPath": "example.org/root/internal/fakedriver", "Imports": ["testing"]}
{"ImportPath": "fmt", "Imports": ["strings"]}
`

func TestAForbiddenPackageIsFoundBehindOthersWithTheWayThere(t *testing.T) {
	for _, forbidden := range []string{"net/http", "testing", "github.com/testcontainers/x"} {
		graph := readGraph(t, strings.Replace(goList, "%s", forbidden, 1))
		wantOne(t, graph.Check(Forbidden), "./session",
			"./session -> example.com/helper -> example.com/deep -> "+forbidden)
	}
}

func TestExemptPackagesMayReachWhatIsForbiddenToOthers(t *testing.T) {
	wantNone(t, readGraph(t, strings.Replace(goList, "%s", "strings", 1)).Check(Forbidden))
}

func TestOfOwnPackagesOnTheWayOnlyTheLastReports(t *testing.T) {
	graph := Graph{"./migrate": {"./session"}, "./session": {"net/http"}}
	wantOne(t, graph.Check(Forbidden), "./session", "./session -> net/http")
}

func TestAWayThroughAnExemptPackageIsReported(t *testing.T) {
	graph := Graph{"./migrate": {"./scoped/scopedhttp"}, "./scoped/scopedhttp": {"net/http"}}
	wantOne(t, graph.Check(Forbidden), "./migrate", "./scoped/scopedhttp -> net/http")
}

func TestACycleInTheGraphEnds(t *testing.T) {
	graph := Graph{"./session": {"a.org/a"}, "a.org/a": {"b.org/b"}, "b.org/b": {"a.org/a"}}
	wantNone(t, graph.Check(Forbidden))
}

func TestAListThatIsNoJSONIsAnError(t *testing.T) {
	if _, err := ReadGraph("example.org/root", strings.NewReader("{oops")); err == nil {
		t.Error("no error")
	}
}

func TestAPackageThatDoesNotLoadIsNamedAndTheOthersAreStillRead(t *testing.T) {
	graph, err := ReadGraph("example.org/root", strings.NewReader(
		`{"ImportPath": "gone.org/x", "Error": {"Err": "no such module"}}`+
			`{"ImportPath": "example.org/root/session", "Imports": ["testing"]}`))
	if err == nil || err.Error() != "gone.org/x: no such module" {
		t.Errorf("error %v", err)
	}
	wantOne(t, graph.Check(Forbidden), "./session", "./session -> testing")
}

func readGraph(t *testing.T, list string) Graph {
	t.Helper()
	graph, err := ReadGraph("example.org/root", strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	return graph
}
