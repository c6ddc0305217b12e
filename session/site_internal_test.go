package session

import (
	"errors"
	"strings"
	"testing"
)

func TestSomebodyWhoIsInsideBrieflyIsNotNamed(t *testing.T) {
	var g guard
	if err := g.enter(); err != nil {
		t.Fatal(err)
	}
	g.leave()
	if err := g.enterBriefly(); err != nil {
		t.Fatal(err)
	}
	err := g.enter()
	if !errors.Is(err, ErrConcurrentUse) || !strings.Contains(err.Error(), "was at an unknown place;") {
		t.Errorf("the error is %v", err)
	}
	g.leave()
	if err := g.enter(); err != nil {
		t.Errorf("the door stays shut: %v", err)
	}
}

func TestAPlaceIsTheInnermostOneOfTheApplication(t *testing.T) {
	inside := func() site { return here(0) }
	outside := func() site { return inside() }
	at := outside()
	if text := at.String(); !strings.Contains(text, "TestAPlaceIsTheInnermostOneOfTheApplication") ||
		!strings.Contains(text, "site_internal_test.go:") {
		t.Errorf("the place is %s", text)
	}
	if text := new(site).String(); text != "an unknown place" {
		t.Errorf("the place is %s", text)
	}
}
