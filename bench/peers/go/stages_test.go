package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var oneShot = []string{"naive", "pool"}
var kept = []string{"keepalive", "channel", "corrected"}
var all = append(append([]string{}, oneShot...), kept...)

// eachStage runs a test on stages in front of a mirror.
func eachStage(t *testing.T, names []string, test func(t *testing.T, gateway string)) {
	for _, name := range names {
		name := name
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, startStage(t, name, startUpstream(t, mirror)))
		})
	}
}

func TestRepliesAreRight(t *testing.T) {
	eachStage(t, all, func(t *testing.T, gateway string) {
		for i := 0; i < 100; i++ {
			get := command("GET", fmt.Sprint(i))
			c := dialClient(t, gateway)
			c.send(get)
			c.expect(bulk(get))
			c.Close()
		}
	})
}

// A turn is what a client sends, and the reply.
type turn struct{ sent, want string }

func TestConversations(t *testing.T) {
	get, inline := command("GET", "key"), command("PING")
	large := command("SET", "key", strings.Repeat("\r\n\x00\xff", 1<<20))
	part, rest := get[:len(get)-1], get[len(get)-1:]
	for _, c := range []struct {
		about  string
		stages []string
		turns  []turn
		ends   bool // Then the connection is closed in order.
	}{
		{"inline", all, []turn{{"PING\r\n", bulk(inline)}}, false},
		{"a large binary value", all, []turn{{large, bulk(large)}}, false},
		{"a request a connection", oneShot, []turn{{get, bulk(get)}}, true},
		// Nor may an unread megabyte cause a reset, which destroys the reply.
		{"the first of many", oneShot, []turn{{get + strings.Repeat(get, 40_000), bulk(get)}}, true},
		{"no wait for the rest of the next request", kept,
			[]turn{{get + get + part, bulk(get) + bulk(get)}, {rest, bulk(get)}}, false},
		{"malformed", all, []turn{{"*1\r\n:1\r\n" + strings.Repeat("more", 100_000),
			"-ERR Protocol error: expected '$', got ':'\r\n"}}, true},
		{"without an upstream", kept, []turn{{command("BLPOP", "key", "0") + command("QUIT") + get,
			"-" + errStateful.Error() + "\r\n+OK\r\n"}}, true},
		{"a web page", kept, []turn{{"POST / HTTP/1.1\r\n" + get, ""}}, true},
	} {
		c := c
		t.Run(c.about, func(t *testing.T) {
			eachStage(t, c.stages, func(t *testing.T, gateway string) {
				client := dialClient(t, gateway)
				for _, turn := range c.turns {
					client.send(turn.sent)
					client.expect(turn.want)
				}
				if c.ends {
					client.expectEnd()
				}
			})
		})
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	eachStage(t, kept, func(t *testing.T, gateway string) {
		var clients sync.WaitGroup
		for i := 0; i < 20; i++ {
			c := dialClient(t, gateway)
			var requests, replies strings.Builder
			for k := 0; k < 1000; k++ {
				get := command("GET", fmt.Sprintf("%d of client %d", k, i))
				requests.WriteString(get)
				replies.WriteString(bulk(get))
			}
			clients.Add(1)
			go func() {
				defer clients.Done()
				defer c.Close()
				go c.Write([]byte(requests.String()))
				got := make([]byte, replies.Len())
				if _, err := io.ReadFull(c, got); err != nil || string(got) != replies.String() {
					t.Errorf("%v, or wrong replies", err)
				}
			}()
		}
		clients.Wait()
	})
}

func TestUnreachableUpstream(t *testing.T) {
	gone := listen(t)
	gone.Close()
	for _, name := range all {
		c := dialClient(t, startStage(t, name, gone.Addr().String()))
		c.send(command("GET", "key"))
		c.expect("-" + errUnreachable.Error() + "\r\n")
	}
}

// idle opens connections that are served once and then stay silent.
func idle(t *testing.T, gateway string, count int) (clients []client) {
	for i := 0; i < count; i++ {
		c := dialClient(t, gateway)
		c.send("PING\r\n")
		c.expect(bulk(command("PING")))
		clients = append(clients, c)
	}
	return clients
}

func TestIdleClientsStarveTheWorkersOfTheChannel(t *testing.T) {
	gateway := startStage(t, "channel", startUpstream(t, mirror))
	idlers := idle(t, gateway, runtime.NumCPU())
	get := command("GET", "key")
	c := dialClient(t, gateway)
	c.send(get)
	c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if n, err := c.Read(make([]byte, 1)); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("got %d bytes, %v; want to starve", n, err)
	}
	idlers[0].Close()
	c.SetReadDeadline(time.Now().Add(patience))
	c.expect(bulk(get))
}

func TestIdleClientsStarveNobodyElse(t *testing.T) {
	for _, name := range []string{"keepalive", "corrected"} {
		gateway := startStage(t, name, startUpstream(t, mirror))
		idle(t, gateway, runtime.NumCPU()+200)
		idle(t, gateway, 1)
	}
}
