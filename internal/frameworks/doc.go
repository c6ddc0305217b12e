// Package frameworks tests scoped/scopedhttp under the routers that people use
// and with the WebSocket libraries that they use. It is a module of its own, so
// that nobody else gets them.
//
// routers_test.go is also where to look for how to put the middleware into
// each of them.
package frameworks
