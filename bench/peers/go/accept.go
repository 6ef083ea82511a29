package main

import (
	"errors"
	"log"
	"net"
	"time"
)

// accept hands connections to serve until the listener is closed. As net/http does, it waits a
// little when accepting fails for now, usually because there are no descriptors left.
func accept(listener net.Listener, serve func(net.Conn)) error {
	const firstDelay, longestDelay = 5 * time.Millisecond, time.Second
	delay := firstDelay
	for {
		conn, err := listener.Accept()
		if err == nil {
			delay = firstDelay
			serve(conn)
			continue
		}
		var netErr net.Error
		if !errors.As(err, &netErr) || !netErr.Temporary() {
			return err
		}
		log.Printf("accept: %v; again in %v", err, delay)
		time.Sleep(delay)
		if delay *= 2; delay > longestDelay {
			delay = longestDelay
		}
	}
}
