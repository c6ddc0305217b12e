// Package browser tests examples/webapp in a browser, as a person uses it. It
// is a module of its own, so that nobody else gets what drives the browser.
package browser
