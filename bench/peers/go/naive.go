package main

import "net"

// [naive]
// Stage 1: a goroutine for each connection, an upstream connection for each request.
func naive(listener net.Listener, upstream string) error {
	forwarder := dialEach{dialer(upstream)}
	return accept(listener, func(client net.Conn) { go serveOnce(client, forwarder) })
}

// [naive]

// dialEach forwards each request over its own connection.
type dialEach struct{ dialer }

func (d dialEach) forward(x *exchange) {
	if u := d.exchange(nil, x); u != nil {
		u.close()
	}
}

// serveOnce answers one request and closes the connection.
func serveOnce(client net.Conn, f forwarder) {
	s := newSession(client)
	defer s.close()
	s.serve(f)
}
