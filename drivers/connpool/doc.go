// Package connpool keeps the connections of drivers whose client library has no
// pool of its own.
//
// It is generic over the driver's raw connection and stands on
// github.com/jackc/puddle, which queues waiters first in, first out and opens
// connections on a goroutine of its own, so that a caller who gives up does not
// throw a half-opened connection away. What is added here: lifetimes with
// jitter, idle times, a minimum of idle connections, pings before hand-out, and
// generations.
//
// # Generations
//
// A connection that turns out to be lost is seldom alone: a server that was
// restarted has lost all of them. [Pool.Invalidate] therefore outdates every
// connection of the lost one's generation. Outdated connections are replaced
// when they would be handed out next or when they come back. Only the first
// report of a generation counts: twenty connections that notice the same
// restart one after the other do not throw away those opened since.
package connpool
