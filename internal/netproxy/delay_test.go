package netproxy_test

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDelayIsAddedToEachDirectionAndIsPreciseBelowAMillisecond(t *testing.T) {
	const oneWay = 500 * time.Microsecond
	p, _ := newProxy(t)
	p.SetDelay(oneWay)
	conn := dial(t, p)
	exchange(t, conn, "warm up")
	var took []time.Duration
	for range 100 {
		start := time.Now()
		exchange(t, conn, "x")
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	if took[0] < 2*oneWay {
		t.Errorf("the fastest round trip took %v, less than twice %v", took[0], oneWay)
	}
	// A quarter of the trips, not the median: other tests may keep the processors busy.
	if quick := took[len(took)/4]; quick > 3*oneWay {
		t.Errorf("a quarter of the round trips took more than %v; want about %v", quick, 2*oneWay)
	}
	t.Logf("median %v, p90 %v", took[len(took)/2], took[len(took)*9/10])
}

func TestDelayDoesNotLimitThroughput(t *testing.T) {
	const oneWay, messages = 20 * time.Millisecond, 200
	p, _ := newProxy(t)
	p.SetDelay(oneWay)
	conn := dial(t, p)
	exchange(t, conn, "warm up")
	start := time.Now()
	for range messages {
		send(t, conn, "message;")
	}
	expect(t, conn, strings.Repeat("message;", messages))
	took := time.Since(start)
	if took < 2*oneWay || took > messages/4*oneWay {
		t.Errorf("%d messages took %v; want about %v", messages, took, 2*oneWay)
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	for _, oneWay := range []time.Duration{0, 500 * time.Microsecond} {
		b.Run(oneWay.String(), func(b *testing.B) {
			p, _ := newProxy(b)
			p.SetDelay(oneWay)
			conn := dial(b, p)
			message := make([]byte, 64)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := conn.Write(message); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(conn, message); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
