package main

import (
	"net"
	"time"
)

// Stage 3: clients keep their connection, and dead ones are noticed.
func keepalive(listener net.Listener, upstream string) error {
	p := newPool(upstream)
	return accept(keepAliveListener(listener), func(client net.Conn) { go serveMany(client, p) })
}

// [serveMany]
// serveMany answers requests until the client leaves or breaks the protocol.
func serveMany(client net.Conn, f forwarder) {
	s := newSession(client)
	defer s.close()
	for s.serve(f) {
	}
}

// [serveMany]

// [keepAliveListener]
// tcpKeepAliveListener is the one of net/http up to Go 1.12. The period is both the idle time and the
// interval of probes, so with Linux's nine probes a dead peer is noticed after 30 minutes.
type tcpKeepAliveListener struct{ *net.TCPListener }

func keepAliveListener(listener net.Listener) net.Listener {
	return tcpKeepAliveListener{listener.(*net.TCPListener)}
}

func (l tcpKeepAliveListener) Accept() (net.Conn, error) {
	conn, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	conn.SetKeepAlive(true)
	conn.SetKeepAlivePeriod(3 * time.Minute)
	return conn, nil
}

// [keepAliveListener]
