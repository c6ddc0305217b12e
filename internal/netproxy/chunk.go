package netproxy

import (
	"sync"
	"time"
)

const (
	bufferSize = 32 << 10
	// queueLength bounds what is under way in one direction to 32 MiB. Behind that the sender
	// feels TCP's own back pressure, as on any network.
	queueLength = 1024
)

// chunk is what one read returned, or the end of the stream.
type chunk struct {
	buffer *[bufferSize]byte
	n      int
	err    error     // io.EOF or what broke the connection; nil for data
	due    time.Time // zero: at once
	hit    *cut      // the cut that takes effect with this chunk
}

// buffers are reused so that the proxy does not show up in the allocations of a benchmark that
// runs in the same process.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func newChunk() chunk { return chunk{buffer: buffers.Get().(*[bufferSize]byte)} }

func (c chunk) bytes() []byte { return c.buffer[:c.n] }

func (c chunk) free() { buffers.Put(c.buffer) }
