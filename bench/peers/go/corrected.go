package main

import "net"

// Stage 4 corrected: requests go through the channel, not connections. A client without a request
// occupies its own goroutine, but no worker.
func corrected(listener net.Listener, upstream string) error {
	w := startWorkers(upstream)
	return accept(keepAliveListener(listener), func(client net.Conn) { go serveMany(client, w) })
}

// workers drain the channel of jobs, each with an upstream connection of its own.
type workers struct {
	dialer
	jobs chan *exchange
}

func startWorkers(upstreamAddress string) *workers {
	const count, capacity = 64, 100
	w := &workers{dialer(upstreamAddress), make(chan *exchange, capacity)}
	for i := 0; i < count; i++ {
		go w.work()
	}
	return w
}

// [work]
// forward waits for the reply, so a client's requests reach the upstream one after another, whichever
// workers take them: a GET may depend on the SET before it.
func (w *workers) forward(x *exchange) {
	w.jobs <- x
	<-x.done
}

func (w *workers) work() {
	var u *upstream // nil until the first job, and after an error
	for x := range w.jobs {
		u = w.exchange(u, x)
		x.done <- struct{}{}
	}
}

// [work]
