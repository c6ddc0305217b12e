package session

import "errors"

// Option is an option of [Engine.Do]: [TxOptions] or [Retry]. The Do of a
// scoped.Registry takes the same.
type Option interface {
	// DoOption marks what a Do takes.
	DoOption()
	// apply keeps options of other packages out, which Engine.Do could only
	// ignore.
	apply(*doOptions)
}

// doOptions are the options of one Do.
type doOptions struct {
	tx    []TxOptions // one at most
	retry *Retry
	twice error
}

func readOptions(opts []Option) (doOptions, error) {
	if len(opts) == 0 {
		return doOptions{}, nil
	}
	var o doOptions
	for _, opt := range opts {
		opt.apply(&o)
	}
	return o, o.twice
}

// DoOption implements [Option].
func (o TxOptions) DoOption() {}

// DoOption implements [Option].
func (r Retry) DoOption() {}

func (o TxOptions) apply(all *doOptions) {
	if all.tx != nil {
		all.twice = errors.New("session: Do was given TxOptions twice")
	}
	all.tx = []TxOptions{o}
}

func (r Retry) apply(all *doOptions) {
	if all.retry != nil {
		all.twice = errors.New("session: Do was given Retry twice")
	}
	all.retry = &r
}
