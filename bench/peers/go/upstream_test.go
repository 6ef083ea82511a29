package main

import (
	"bufio"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// oneWorker is the corrected stage with a single worker, so the test knows which connection a request
// meets.
func oneWorker(upstreamAddress string) forwarder {
	w := &workers{dialer(upstreamAddress), make(chan *exchange)}
	go w.work()
	return w
}

// reusing are the forwarders that reuse upstream connections.
var reusing = map[string]func(address string) forwarder{
	"pool":   func(address string) forwarder { return newPool(address) },
	"worker": oneWorker,
}

func ask(f forwarder, words ...string) string {
	x := &exchange{done: make(chan struct{}, 1)}
	x.request.raw, x.request.kind = []byte(command(words...)), kindOf([]byte(words[0]))
	f.forward(x)
	return string(x.reply)
}

func expectReply(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	for name, connect := range reusing {
		var dials atomic.Int32
		f := connect(startUpstream(t, func(conn net.Conn, number int) {
			dials.Add(1)
			mirror(conn, number)
		}))
		for i := 0; i < 100; i++ {
			expectReply(t, ask(f, "GET", "key"), bulk(command("GET", "key")))
		}
		if n := dials.Load(); n != 1 {
			t.Errorf("%s: dialled %d times", name, n)
		}
	}
}

// The first connection answers once, and closes when the next request has come: too late for any
// probe.
func closesAtTheSecondRequest(seen *atomic.Int32) func(net.Conn, int) {
	return func(conn net.Conn, number int) {
		in := bufio.NewReader(conn)
		for i := 1; new(request).read(in) == nil; i++ {
			seen.Add(1)
			if number == 1 && i == 2 {
				return
			}
			io.WriteString(conn, "+OK\r\n")
		}
	}
}

func TestStaleConnection(t *testing.T) {
	for _, c := range []struct {
		name, want string
		requests   int32
	}{
		{"GET", "+OK\r\n", 3},                         // sent again
		{"INCR", "-" + errClosed.Error() + "\r\n", 2}, // may have been executed
	} {
		for _, connect := range reusing {
			var seen atomic.Int32
			f := connect(startUpstream(t, closesAtTheSecondRequest(&seen)))
			expectReply(t, ask(f, "PING"), "+OK\r\n")
			expectReply(t, ask(f, c.name, "key"), c.want)
			if n := seen.Load(); n != c.requests {
				t.Errorf("%s: sent %d times", c.name, n-1)
			}
			expectReply(t, ask(f, "PING"), "+OK\r\n")
		}
	}
}

// thenMirror answers the first request of the first connection with first; later connections mirror.
func thenMirror(first func(net.Conn)) func(net.Conn, int) {
	return func(conn net.Conn, number int) {
		if number > 1 {
			mirror(conn, number)
			return
		}
		new(request).read(bufio.NewReader(conn))
		first(conn)
	}
}

func TestConnectionIsNotUsedAgain(t *testing.T) {
	for _, c := range []struct{ sent, want string }{
		{"+OK\r\n+extra\r\n", "+OK\r\n"},
		{"+OK\r\n+", "+OK\r\n"},
		{"?\r\n", "-" + errMalformed.Error() + "\r\n"},
		{"$5\r\nhel", "-" + errClosed.Error() + "\r\n"},
		{"", "-" + errClosed.Error() + "\r\n"},
	} {
		c := c
		for _, connect := range reusing {
			f := connect(startUpstream(t, thenMirror(func(conn net.Conn) {
				io.WriteString(conn, c.sent)
				if len(c.sent) > 0 && c.sent[0] != '$' {
					io.Copy(io.Discard, conn) // it stays open
				}
			})))
			expectReply(t, ask(f, "SET", "a"), c.want)
			expectReply(t, ask(f, "SET", "b"), bulk(command("SET", "b")))
		}
	}
}

func TestLateReplyReachesNobody(t *testing.T) {
	t.Parallel()
	late := make(chan struct{})
	p := newPool(startUpstream(t, thenMirror(func(conn net.Conn) {
		<-late
		io.WriteString(conn, "+late\r\n")
		io.Copy(io.Discard, conn)
	})))
	start := time.Now()
	expectReply(t, ask(p, "GET", "a"), "-"+errTimeout.Error()+"\r\n")
	if took := time.Since(start); took < replyTimeout || took > replyTimeout+patience {
		t.Errorf("took %v", took)
	}
	close(late)
	expectReply(t, ask(p, "GET", "b"), bulk(command("GET", "b")))
}

func TestThePoolIsBoundedAndSoIsTheWait(t *testing.T) {
	defer func(before time.Duration) { replyTimeout = before }(replyTimeout)
	replyTimeout = time.Minute
	arrived, release := make(chan struct{}, 2*poolSize), make(chan struct{})
	p := newPool(startUpstream(t, func(conn net.Conn, number int) {
		in := bufio.NewReader(conn)
		for new(request).read(in) == nil {
			arrived <- struct{}{}
			<-release
			io.WriteString(conn, "+OK\r\n")
		}
	}))
	replies := make(chan string, poolSize)
	for i := 0; i < poolSize; i++ {
		go func() { replies <- ask(p, "GET", "key") }()
	}
	for i := 0; i < poolSize; i++ {
		<-arrived
	}
	expectReply(t, ask(p, "GET", "key"), "-"+errPoolTimeout.Error()+"\r\n")
	if len(arrived) > 0 {
		t.Error("one more reached the upstream")
	}
	close(release)
	for i := 0; i < poolSize; i++ {
		expectReply(t, <-replies, "+OK\r\n")
	}
	expectReply(t, ask(p, "GET", "key"), "+OK\r\n")
}

func TestQuietConnection(t *testing.T) {
	for _, send := range []func(peer net.Conn){
		func(peer net.Conn) { io.WriteString(peer, "x") },
		func(peer net.Conn) { peer.Close() },
	} {
		listener := listen(t)
		peer := dialClient(t, listener.Addr().String())
		accepted, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conn := accepted.(*net.TCPConn)
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(-time.Second)) // as after the last exchange
		if !isQuiet(conn) {
			t.Error("not quiet from the start")
		}
		send(peer)
		for end := time.Now().Add(patience); isQuiet(conn); runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatal("quiet, though there is something to read")
			}
		}
	}
}
