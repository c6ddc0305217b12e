package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	atOnce   = 100                    // requests under way at a time
	patience = 150 * time.Millisecond // the longest of a client that leaves at any time
)

// visit is one request and what its client saw.
type visit struct {
	kind   *kind
	order  order
	status int   // gone if the client left
	err    error // what kept the client from seeing a status
}

// sendAll sends every request there is, in random order, and notes what the
// clients saw.
func (b *books) sendAll(ctx context.Context, address string, asked *supplier) {
	start := time.Now()
	b.address, b.visits = address, planned()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	defer client.CloseIdleConnections()
	free := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i := range b.visits {
		free <- struct{}{}
		all.Go(func() {
			b.visits[i].make(ctx, client, address, asked)
			<-free
		})
	}
	all.Wait()
	b.took = time.Since(start)
}

// planned are the visits to be made. They are shuffled, but the two of a pair
// stay beside each other, so that they meet.
func planned() []visit {
	var groups [][]visit
	for _, k := range kinds {
		groups = append(groups, k.visits()...)
	}
	rand.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
	return slices.Concat(groups...)
}

// make sends the request and notes what came of it.
func (v *visit) make(ctx context.Context, client *http.Client, address string, asked *supplier) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	switch v.kind.leaves {
	case midway:
		asked.leaves(v.order.Reference, leave)
	case anytime:
		defer time.AfterFunc(rand.N(patience), leave).Stop()
	}
	v.status, v.err = v.send(ctx, client, address)
	if errors.Is(v.err, context.Canceled) {
		v.status, v.err = gone, nil
	}
}

// send returns the status of the answer.
func (v *visit) send(ctx context.Context, client *http.Client, address string) (int, error) {
	request, err := v.request(ctx, address)
	if err != nil {
		return 0, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body) // the status says it all
	return answer.StatusCode, nil
}

func (v *visit) request(ctx context.Context, address string) (*http.Request, error) {
	if v.kind.read {
		return http.NewRequestWithContext(ctx, http.MethodGet, address+v.kind.path, nil)
	}
	body, err := json.Marshal(v.order)
	if err != nil {
		return nil, err
	}
	return http.NewRequestWithContext(ctx, http.MethodPost, address+v.kind.path, bytes.NewReader(body))
}
