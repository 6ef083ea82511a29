package main

import (
	"errors"
	"net"
	"time"
)

const (
	poolSize = 64
	poolWait = time.Second
)

var errPoolTimeout = errors.New("ERR upstream pool timeout: no connection came free within 1s")

// Stage 2: upstream connections are reused.
func pooled(listener net.Listener, upstream string) error {
	p := newPool(upstream)
	return accept(listener, func(client net.Conn) { go serveOnce(client, p) })
}

// pool keeps idle connections in one channel, and in another it counts all that are open or being
// dialled. (A sync.Pool would drop connections at any collection, unclosed.)
type pool struct {
	dialer
	idle chan *upstream
	open chan struct{}
}

func newPool(upstreamAddress string) *pool {
	return &pool{
		dialer: dialer(upstreamAddress),
		idle:   make(chan *upstream, poolSize),
		open:   make(chan struct{}, poolSize),
	}
}

func (p *pool) forward(x *exchange) {
	u, err := p.get()
	if err != nil {
		x.fail(err)
		return
	}
	p.put(p.exchange(u, x))
}

// [get]
// get returns an idle connection, or nil: then the caller may dial. Either way put must follow.
func (p *pool) get() (*upstream, error) {
	select { // Not with the cases below: select chooses at random, and might dial needlessly.
	case u := <-p.idle:
		return u, nil
	default:
	}
	select {
	case p.open <- struct{}{}:
		return nil, nil
	default:
	}
	timer := time.NewTimer(poolWait)
	defer timer.Stop()
	select {
	case u := <-p.idle:
		return u, nil
	case p.open <- struct{}{}:
		return nil, nil
	case <-timer.C:
		return nil, errPoolTimeout
	}
}

// [get]

// put takes a connection back, or nil for one that was closed.
func (p *pool) put(u *upstream) {
	if u == nil {
		<-p.open
		return
	}
	p.idle <- u // Never waits: there is room for all open ones.
}
