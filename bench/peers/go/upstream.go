package main

import (
	"bufio"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const dialTimeout = time.Second

var (
	replyTimeout = 5 * time.Second

	errUnreachable = errors.New("ERR upstream cannot be reached")
	errClosed      = errors.New("ERR upstream closed the connection before its reply was complete")
	errTimeout     = errors.New("ERR upstream did not reply within 5s")
	errMalformed   = errors.New("ERR upstream sent a malformed reply")
)

// upstream is a connection to Redis.
type upstream struct {
	conn *net.TCPConn
	in   *bufio.Reader
}

// dialer is the address of Redis.
type dialer string

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufferSize) }}

func (d dialer) dial() (*upstream, error) {
	conn, err := net.DialTimeout("tcp", string(d), dialTimeout)
	if err != nil {
		return nil, errUnreachable
	}
	in := readers.Get().(*bufio.Reader)
	in.Reset(conn)
	return &upstream{conn.(*net.TCPConn), in}, nil
}

func (u *upstream) close() {
	u.conn.Close()
	u.in.Reset(nil)
	readers.Put(u.in)
}

// exchange gets the reply to x over u, or over a fresh connection if u is nil or stale. It returns
// the connection if it may be used again, and nil if it was closed.
func (d dialer) exchange(u *upstream, x *exchange) *upstream {
	if u != nil && !isQuiet(u.conn) {
		u.close()
		u = nil
	}
	for reused := u != nil; ; reused = false {
		if u == nil {
			var err error
			if u, err = d.dial(); err != nil {
				x.fail(err)
				return nil
			}
		}
		err := u.roundTrip(x)
		if err == nil && u.in.Buffered() == 0 {
			return u
		}
		u.close()
		if err == nil {
			return nil // More came than the reply. Whose would the next one be?
		}
		stale := reused && err == errClosed && len(x.reply) == 0 // Closed while idle, most likely.
		if !stale || x.request.kind != readOnly {                // A write may have been executed.
			x.fail(err)
			return nil
		}
		u = nil
	}
}

// [roundTrip]
func (u *upstream) roundTrip(x *exchange) error {
	x.reply = x.reply[:0]
	u.conn.SetDeadline(time.Now().Add(replyTimeout))
	_, err := u.conn.Write(x.request.raw)
	if err == nil {
		x.reply, err = appendReply(x.reply, u.in)
	}
	switch {
	case err == nil || err == errMalformed:
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errTimeout
	default:
		return errClosed
	}
}

// [roundTrip]

// isQuiet reports whether there is nothing to read: no end and no byte. It does not wait.
func isQuiet(conn *net.TCPConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	// Control instead of Read, which would heed the deadline of the last exchange. Go's sockets do
	// not block, and if a byte comes here, the caller closes the connection.
	var readErr error
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, readErr = syscall.Read(int(fd), b[:])
	})
	return err == nil && readErr == syscall.EAGAIN
}
