package netproxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy forwards TCP connections to one target. All methods are safe for concurrent use and act on
// the connections that are open as well as on those to come.
type Proxy struct {
	listener *net.TCPListener
	target   string
	ctx      context.Context // ends with the proxy: stops dials that are under way
	stop     context.CancelFunc
	owned    sync.WaitGroup // every goroutine the proxy started

	delay       atomic.Int64 // nanoseconds, one way
	roundTrips  atomic.Int64
	connections atomic.Int64
	refuse      atomic.Bool
	stall       gate
	cuts        cutList

	mu     sync.Mutex // guards the fields below
	links  map[*link]struct{}
	closed bool
}

// New listens on a free port of 127.0.0.1 and forwards to target, "host:port". The target is dialed
// once for each connection accepted; when that fails, the client's connection is reset.
func New(target string) (*Proxy, error) {
	if _, _, err := net.SplitHostPort(target); err != nil {
		return nil, err
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, target: target, links: map[*link]struct{}{}}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.owned.Go(p.accept)
	return p, nil
}

// Addr is the "host:port" to give to the client.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// SetDelay adds oneWay of latency to each direction, so a round trip takes twice as long more. It
// holds for bytes that arrive from now on. Zero, the default, adds nothing.
func (p *Proxy) SetDelay(oneWay time.Duration) { p.delay.Store(int64(max(0, oneWay))) }

// RoundTrips counts the times a client had to wait for the network: its first bytes after bytes of
// the server were delivered to it, for each connection, summed. A connection's first bytes count.
func (p *Proxy) RoundTrips() int64 { return p.roundTrips.Load() }

// Connections counts the connections accepted in all, without those refused by [Proxy.Refuse].
// A driver's cancel requests travel on connections of their own and count.
func (p *Proxy) Connections() int64 { return p.connections.Load() }

// Stall freezes the network: what is read from now on, end of stream included, waits until
// Stall(false). Connections are still accepted, as a frozen network's kernel does not say goodbye.
func (p *Proxy) Stall(on bool) { p.stall.set(on) }

// Vanish freezes the network as Stall does, and takes the connections that are open now off it for
// good: what the server sends on them is not even acknowledged, as when the machine of the client
// has lost its power. A server that looks for dead peers finds these dead; of a stalled proxy it
// would not, whose kernel answers every probe. Only Linux can do it.
func (p *Proxy) Vanish() error {
	p.Stall(true)
	var errs []error
	for _, l := range p.current() {
		errs = append(errs, l.vanish())
	}
	return errors.Join(errs...)
}

// Refuse makes new connections fail at once with a reset, as when the server is down. Connections
// that are open live on; see [Proxy.Cut] for those.
func (p *Proxy) Refuse(on bool) { p.refuse.Store(on) }

// Cut resets all current connections, both sides at once, and what is queued is lost.
func (p *Proxy) Cut() {
	for _, l := range p.current() {
		l.cut()
	}
}

// Close stops listening, resets the connections and waits until every goroutine is gone. It may be
// called more than once. Channels of [Proxy.CutNext] that have not fired stay silent.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.stop()
	_ = p.listener.Close() // a second Close finds it closed, which is what is wanted
	p.Cut()
	p.owned.Wait()
	return nil
}

func (p *Proxy) current() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*link, 0, len(p.links))
	for l := range p.links {
		all = append(all, l)
	}
	return all
}
