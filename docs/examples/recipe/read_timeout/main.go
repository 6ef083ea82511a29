// Which of the two ends an idle connection, ReadTimeout or keepalive? The recipe has 30 s and 3
// minutes; here are a thirtieth of both, so that one can watch.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	readTimeout = time.Second
	period      = 6 * time.Second
)

// [server]
type tcpKeepAliveListener struct{ *net.TCPListener }

func (l tcpKeepAliveListener) Accept() (net.Conn, error) {
	conn, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	conn.SetKeepAlive(true)
	conn.SetKeepAlivePeriod(period)
	return conn, nil
}

func serve(listener net.Listener, readTimeout time.Duration) {
	server := &http.Server{Handler: http.NotFoundHandler(), ReadTimeout: readTimeout}
	server.Serve(tcpKeepAliveListener{listener.(*net.TCPListener)})
}

// [server]

func main() {
	if _, err := probes(); err != nil {
		fmt.Println("skipped: not permitted here:", err)
		os.Exit(1)
	}
	try(readTimeout)
	try(0)
}

// try asks once over a new connection and is silent then, until it is closed or probed.
func try(readTimeout time.Duration) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go serve(listener, readTimeout)
	dialer := net.Dialer{KeepAlive: -1} // Probes are the server's alone.
	conn, err := dialer.Dial("tcp", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	before, _ := probes()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	closed := make(chan bool)
	go func() {
		io.Copy(io.Discard, conn)
		close(closed)
	}()
	fmt.Printf("ReadTimeout %v, keepalive %v: ", readTimeout, period)
	for {
		select {
		case <-closed:
			after, _ := probes()
			fmt.Println("closed while idle, after probes:", after-before)
			return
		case <-time.After(20 * time.Millisecond):
			if after, _ := probes(); after > before {
				fmt.Println("open, and probed")
				return
			}
		}
	}
}

// probes counts the keepalive probes sent in this network: TCPKeepAlive in /proc/net/netstat.
func probes() (count int, err error) {
	text, err := os.ReadFile("/proc/net/netstat")
	if err != nil {
		return 0, err
	}
	lines := strings.Split(string(text), "\n")
	names, values := strings.Fields(lines[0]), strings.Fields(lines[1])
	for i, name := range names {
		if name == "TCPKeepAlive" {
			_, err = fmt.Sscan(values[i], &count)
			return count, err
		}
	}
	return 0, fmt.Errorf("no TCPKeepAlive in /proc/net/netstat")
}
