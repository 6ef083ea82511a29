package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

const patience = time.Minute // for things that must happen

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// startUpstream runs serve for each connection, which it numbers from 1, and returns its address.
func startUpstream(t *testing.T, serve func(conn net.Conn, number int)) string {
	t.Helper()
	listener := listen(t)
	go func() {
		for number := 1; ; number++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func(number int) {
				defer conn.Close()
				serve(conn, number)
			}(number)
		}
	}()
	return listener.Addr().String()
}

// mirror answers each request with the bytes that came, as a bulk string.
func mirror(conn net.Conn, _ int) {
	in := bufio.NewReader(conn)
	for q := new(request); q.read(in) == nil; {
		io.WriteString(conn, bulk(string(q.raw)))
	}
}

func bulk(text string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text) }

func command(words ...string) string {
	encoded := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		encoded += bulk(word)
	}
	return encoded
}

// startStage returns the address of a gateway.
func startStage(t *testing.T, name, upstreamAddress string) string {
	t.Helper()
	listener := listen(t)
	go stages[name](listener, upstreamAddress)
	return listener.Addr().String()
}

// client is a connection to a gateway. If it has to wait too long, the test fails.
type client struct {
	net.Conn
	t *testing.T
}

func dialClient(t *testing.T, address string) client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return client{conn, t}
}

func (c client) send(requests string) {
	c.t.Helper()
	if _, err := io.WriteString(c, requests); err != nil {
		c.t.Fatal(err)
	}
}

func (c client) expect(replies string) {
	c.t.Helper()
	got := make([]byte, len(replies))
	if n, err := io.ReadFull(c, got); err != nil || string(got) != replies {
		c.t.Fatalf("got %.200q, %v; want %.200q", got[:n], err, replies)
	}
}

// expectEnd wants an orderly end and no byte before it.
func (c client) expectEnd() {
	c.t.Helper()
	if rest, err := io.ReadAll(c); err != nil || len(rest) > 0 {
		c.t.Fatalf("got %.200q, %v; want the end", rest, err)
	}
}
