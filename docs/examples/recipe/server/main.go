// A complete server of lines. Copy it, and write your own answer.
//
//	server -listen 127.0.0.1:7100                            (answers each line with itself)
//	server -listen 127.0.0.1:7101 -upstream 127.0.0.1:7100   (asks another such server)
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	longestLine  = 64 * 1024
	readTimeout  = 30 * time.Second // from the first byte of a request to its last
	writeTimeout = 30 * time.Second
	drainTimeout = 10 * time.Second
	lingerTime   = time.Second
)

func main() {
	listenAt := flag.String("listen", "127.0.0.1:7100", "HOST:PORT, and port 0 takes a free one")
	upstreamAt := flag.String("upstream", "", "HOST:PORT of a server of lines, or none: answer here")
	maxClients := flag.Int("max-clients", 10000, "clients at a time")
	idleTimeout := flag.Duration("idle-timeout", 15*time.Minute, "for a client that asks nothing")
	flag.Parse()
	listener, err := net.Listen("tcp", *listenAt) // With keepalive, every 15 s, since Go 1.13.
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	s := &server{
		idle:    *idleTimeout,
		answer:  func(line []byte) ([]byte, error) { return line, nil },
		seats:   make(chan struct{}, *maxClients),
		clients: make(map[*net.TCPConn]struct{}),
	}
	if *upstreamAt != "" {
		s.answer = newPool(*upstreamAt).exchange
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go s.run(listener.(*net.TCPListener))
	<-signals
	listener.Close()
	s.stop()
}

// server has a goroutine for each client; an idle one costs its stack and no worker.
type server struct {
	idle     time.Duration
	answer   func(line []byte) ([]byte, error)
	seats    chan struct{} // has an element for each client: what does not fit is refused
	stopping atomic.Bool

	mutex   sync.Mutex
	clients map[*net.TCPConn]struct{}
	served  sync.WaitGroup
}

func (s *server) run(listener *net.TCPListener) {
	for {
		client, err := listener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // No descriptor is left, most likely: some client has to go first.
			log.Print(err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		select {
		case s.seats <- struct{}{}:
			s.enter(client)
			go s.serve(client)
		default:
			go refuse(client)
		}
	}
}

// serve answers one request after another, until the client leaves, is silent too long, or it is
// time to stop.
func (s *server) serve(client *net.TCPConn) {
	in := bufio.NewReaderSize(client, longestLine)
	defer func() { s.leave(client, in.Buffered() > 0) }()
	for {
		client.SetReadDeadline(time.Now().Add(s.idle))
		if s.stopping.Load() { // After the deadline, which stop sets, too.
			return
		}
		if _, err := in.Peek(1); err != nil {
			return
		}
		client.SetReadDeadline(time.Now().Add(readTimeout)) // A drip does not buy time.
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		reply, err := s.answer(line)
		if err != nil {
			reply = []byte("-ERR " + err.Error() + "\n")
		}
		client.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := client.Write(reply); err != nil {
			return
		}
	}
}

// stop ends the clients that ask nothing, and lets the others have their reply.
func (s *server) stop() {
	s.stopping.Store(true)
	s.mutex.Lock()
	for client := range s.clients {
		client.SetReadDeadline(time.Now())
	}
	s.mutex.Unlock()
	done := make(chan struct{})
	go func() {
		s.served.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(drainTimeout):
	}
}

func (s *server) enter(client *net.TCPConn) {
	s.served.Add(1)
	s.mutex.Lock()
	s.clients[client] = struct{}{}
	s.mutex.Unlock()
}

func (s *server) leave(client *net.TCPConn, unread bool) {
	hangUp(client, unread)
	s.mutex.Lock()
	delete(s.clients, client)
	s.mutex.Unlock()
	<-s.seats
	s.served.Done()
}

func refuse(client *net.TCPConn) {
	client.SetWriteDeadline(time.Now().Add(lingerTime))
	client.Write([]byte("-ERR max number of clients reached\n"))
	hangUp(client, true)
}

// hangUp closes, but not on unread input: that would be a reset, which can destroy the last reply.
func hangUp(client *net.TCPConn, unread bool) {
	if unread || !isQuiet(client) {
		client.CloseWrite()
		client.SetReadDeadline(time.Now().Add(lingerTime))
		io.Copy(io.Discard, client)
	}
	client.Close()
}
