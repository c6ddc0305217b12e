package engine

import (
	"maps"
	"os"
	"strconv"
	"testing"
	"time"
)

func TestAContainerIsStaleWhenNobodyWillRemoveIt(t *testing.T) {
	now := time.Now()
	own := labels("postgres", os.Getpid())
	tests := []struct {
		name  string
		with  map[string]string
		alive bool
		want  bool
	}{
		{name: "its process lives", alive: true},
		{name: "its process is gone", want: true},
		{name: "its process is another host's, and young", with: map[string]string{LabelHost: "elsewhere"}},
		{name: "it is old, whoever lives", alive: true, want: true,
			with: map[string]string{LabelStarted: strconv.FormatInt(now.Add(-maxAge-time.Minute).Unix(), 10)}},
		{name: "its labels cannot be read", with: map[string]string{LabelPID: "?", LabelStarted: "?"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := maps.Clone(own)
			maps.Copy(l, tt.with)
			if got := stale(l, now, func(int) bool { return tt.alive }); got != tt.want {
				t.Errorf("stale = %v, want %v", got, tt.want)
			}
		})
	}
}
