package bed

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestTheCommandLearnsWhatWasChosen(t *testing.T) {
	var f fake
	var s setting
	b := New(s.options(t, "fake"))
	if err := b.Up(t.Context(), []Database{f.database()}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"SQLSCOPE_REQUIRE=fake",
		"SQLSCOPE_FAKE_DSN=fake://container",
		"SQLSCOPE_TESTBED_FAKE=container",
	}
	if !slices.Equal(b.Env(), want) {
		t.Errorf("environment %q, want %q", b.Env(), want)
	}
}

func TestADatabaseThatNobodyRequiresMayBeMissing(t *testing.T) {
	broken := errors.New("broken")
	f := fake{container: broken, local: broken}
	var s setting
	b := New(s.options(t, ""))
	if err := b.Up(t.Context(), []Database{f.database()}); err != nil {
		t.Fatal(err)
	}
	if got := value(b.Env(), "SQLSCOPE_FAKE_DSN"); got != "" {
		t.Errorf("a DSN is exported: %q", got)
	}
	if len(s.said) != 1 || !strings.Contains(s.said[0], "its tests are skipped") {
		t.Errorf("said %q", s.said)
	}
}

func TestADatabaseThatIsNotKnownCannotBeRequired(t *testing.T) {
	var f fake
	var s setting
	err := New(s.options(t, "postgre")).Up(t.Context(), []Database{f.database()})
	if err == nil || !strings.Contains(err.Error(), `"postgre" is not known`) {
		t.Errorf("error %v", err)
	}
}

func TestWhatWasStartedIsRemovedAfterAFailure(t *testing.T) {
	good, bad := fake{}, fake{container: errors.New("broken"), local: errors.New("broken")}
	var s setting
	b := New(s.options(t, "fake"))
	if err := b.Up(t.Context(), []Database{good.database(), bad.database()}); err == nil {
		t.Fatal("no error")
	}
	if err := b.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(good.removed, good.started) {
		t.Errorf("started %v, removed %v", good.started, good.removed)
	}
	// The last one started is the first one removed.
	if want := []Path{Local, Container}; !slices.Equal(bad.removed, want) {
		t.Errorf("removed %v, want %v", bad.removed, want)
	}
}

func TestNothingMoreIsTriedAfterTheContextHasEnded(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := errors.New("ended")
	f := fake{container: errors.New("broken")}
	db := f.database()
	inner := db.Container
	db.Container = func(ctx context.Context, s Starter) (*Server, error) {
		cancel(ended)
		return inner(ctx, s)
	}
	var s setting
	if err := New(s.options(t, "fake")).Up(ctx, []Database{db}); !errors.Is(err, ended) {
		t.Errorf("error %v, want the cause of the context", err)
	}
	if !slices.Equal(f.started, []Path{Container}) {
		t.Errorf("started %v", f.started)
	}
}

func TestAnUnknownPathIsRefused(t *testing.T) {
	env := func(string) string { return "podman" }
	if _, err := NewOptions("", env, nil); err == nil || !strings.Contains(err.Error(), "SQLSCOPE_TESTBED=podman") {
		t.Errorf("error %v", err)
	}
}

func TestRequiredDatabasesOfFlagAndEnvironmentAreJoined(t *testing.T) {
	s := setting{env: map[string]string{"SQLSCOPE_REQUIRE": "postgres, mysql"}}
	got, want := s.options(t, "sqlite,postgres").Require, []string{"mysql", "postgres", "sqlite"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
