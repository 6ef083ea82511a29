package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

const (
	bufferSize = 16 * 1024
	spareSize  = 64 * 1024 // of a request's or reply's buffer, kept for the next
	lingerTime = time.Second
)

// exchange is a request and its reply.
type exchange struct {
	request request
	reply   []byte
	done    chan struct{} // for workers: the reply is there
}

// fail makes err, a Redis error's text, the reply.
func (x *exchange) fail(err error) {
	x.reply = append(append(append(x.reply[:0], '-'), err.Error()...), "\r\n"...)
}

// A forwarder gives an exchange its reply: the upstream's, or an error.
type forwarder interface{ forward(x *exchange) }

// session is one client's connection.
type session struct {
	exchange
	conn   *net.TCPConn
	in     *bufio.Reader
	out    *bufio.Writer
	broken bool // by a protocol error: there may be much more to come
}

// [sessions]
var sessions = sync.Pool{New: func() any {
	s := &session{exchange: exchange{done: make(chan struct{}, 1)}}
	s.in = bufio.NewReaderSize(s, bufferSize)
	s.out = bufio.NewWriterSize(nil, bufferSize)
	return s
}}

// [sessions]

func newSession(client net.Conn) *session {
	s := sessions.Get().(*session)
	s.conn, s.broken = client.(*net.TCPConn), false
	s.in.Reset(s)
	s.out.Reset(client)
	return s
}

// Read is for s.in, which calls it when it holds no complete request. Before it waits for more, the
// client gets its replies.
func (s *session) Read(p []byte) (int, error) {
	if err := s.out.Flush(); err != nil {
		return 0, err
	}
	return s.conn.Read(p)
}

// serve answers one request, and reports whether another may follow.
func (s *session) serve(f forwarder) bool {
	if err := s.request.read(s.in); err != nil {
		var malformed protocolError
		if s.broken = errors.As(err, &malformed); s.broken {
			s.fail(malformed)
			s.out.Write(s.reply)
		}
		return false
	}
	switch s.request.kind {
	case foreign:
		return false
	case stateful:
		s.fail(errStateful)
	case quit:
		s.reply = append(s.reply[:0], "+OK\r\n"...)
	default:
		f.forward(&s.exchange)
	}
	_, err := s.out.Write(s.reply)
	s.request.raw, s.reply = spare(s.request.raw), spare(s.reply)
	return err == nil && s.request.kind != quit
}

// close sends the rest, and protects it from unread input: a socket that is closed with unread input
// sends a reset, and the client's kernel may then drop the last reply.
func (s *session) close() {
	if s.out.Flush() == nil && (s.broken || s.in.Buffered() > 0 || !isQuiet(s.conn)) {
		s.conn.CloseWrite()
		s.conn.SetReadDeadline(time.Now().Add(lingerTime))
		io.Copy(io.Discard, s.conn)
	}
	s.conn.Close()
	s.conn = nil
	s.out.Reset(nil)
	sessions.Put(s)
}

// spare empties a buffer, and leaves a large one to the collector.
func spare(buffer []byte) []byte {
	if cap(buffer) > spareSize {
		return nil
	}
	return buffer[:0]
}
