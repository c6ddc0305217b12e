package odbc

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// complete fills in what is 0.
func (o *Options) complete() error {
	p := &o.Pool
	p.MaxConns = cmp.Or(p.MaxConns, 8)
	p.PingTimeout = cmp.Or(p.PingTimeout, 2*time.Second)
	p.ConnectTimeout = cmp.Or(p.ConnectTimeout, 10*time.Second)
	p.CancelGrace = cmp.Or(p.CancelGrace, 2*time.Second)
	o.MaxAbandoned = cmp.Or(o.MaxAbandoned, p.MaxConns)
	if o.MaxAbandoned < 0 {
		return fmt.Errorf("odbc: MaxAbandoned is %d, must be at least 1", o.MaxAbandoned)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// ownPrefix begins the keywords of a URL that are ours and not the ODBC driver's.
const ownPrefix = "sqlscope."

// own are the options that a URL may carry.
type own struct{ maxAbandoned int }

// parseURL takes the scheme and our own options off a URL.
func parseURL(url string) (settings, own, error) {
	text, ok := cutScheme(url)
	if !ok {
		return nil, own{}, errors.New("odbc: the URL must begin with odbc:, and a connection string follows")
	}
	all, err := parseSettings(text)
	if err != nil {
		return nil, own{}, err
	}
	var mine own
	rest := settings{}
	for _, s := range all {
		name, ok := cutPrefixFold(s.key, ownPrefix)
		if !ok {
			rest = append(rest, s)
			continue
		}
		if err := mine.set(name, s.value); err != nil {
			return nil, own{}, err
		}
	}
	return rest, mine, nil
}

func (o *own) set(name, value string) error {
	if !strings.EqualFold(name, "MaxAbandoned") {
		return fmt.Errorf("odbc: unknown option %s%s; known is %sMaxAbandoned", ownPrefix, name, ownPrefix)
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return fmt.Errorf("odbc: %s%s=%s: must be a number of at least 1", ownPrefix, name, value)
	}
	o.maxAbandoned = n
	return nil
}

func cutScheme(url string) (string, bool) { return cutPrefixFold(url, scheme+":") }

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
