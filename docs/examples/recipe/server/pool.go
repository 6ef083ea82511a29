package main

import (
	"bufio"
	"errors"
	"net"
	"syscall"
	"time"
)

const (
	poolSize     = 64 // Requests under way upstream: this bounds the work, and no worker is needed.
	poolWait     = time.Second
	dialTimeout  = time.Second
	replyTimeout = 5 * time.Second
)

var (
	errBusy    = errors.New("no upstream connection came free in time")
	errDial    = errors.New("upstream cannot be reached")
	errNoReply = errors.New("upstream did not reply") // And may have done what was asked.
)

// pool lends connections that this server has dialled. It never sees a client's.
type pool struct {
	address string
	idle    chan *upstream
	open    chan struct{} // has an element for each that is open, or being dialled
}

type upstream struct {
	*net.TCPConn
	in *bufio.Reader
}

func newPool(address string) *pool {
	return &pool{address, make(chan *upstream, poolSize), make(chan struct{}, poolSize)}
}

// exchange sends a line upstream, and returns the line that comes back.
func (p *pool) exchange(line []byte) ([]byte, error) {
	u, err := p.get()
	if err != nil {
		return nil, err
	}
	u.SetDeadline(time.Now().Add(replyTimeout))
	if _, err = u.Write(line); err == nil {
		var reply []byte
		if reply, err = u.in.ReadBytes('\n'); err == nil && u.in.Buffered() == 0 {
			p.idle <- u // Never waits: there is room for all that are open.
			return reply, nil
		}
	}
	p.drop(u) // A late reply, or a second one, would be the next borrower's.
	return nil, errNoReply
}

// get lends an idle connection that is as it should be, or else dials.
func (p *pool) get() (*upstream, error) {
	patience := time.NewTimer(poolWait)
	defer patience.Stop()
	for {
		var u *upstream
		select { // Without the cases below at first, for select would choose at random.
		case u = <-p.idle:
		default:
			select {
			case u = <-p.idle:
			case p.open <- struct{}{}:
				return p.dial()
			case <-patience.C:
				return nil, errBusy
			}
		}
		if isQuiet(u.TCPConn) {
			return u, nil
		}
		p.drop(u) // Closed meanwhile, or with a byte that nobody asked for.
	}
}

func (p *pool) dial() (*upstream, error) {
	conn, err := net.DialTimeout("tcp", p.address, dialTimeout)
	if err != nil {
		<-p.open
		return nil, errDial
	}
	return &upstream{conn.(*net.TCPConn), bufio.NewReader(conn)}, nil
}

func (p *pool) drop(u *upstream) {
	u.Close()
	<-p.open
}

// isQuiet reports whether nothing has come, no byte and no end. It does not wait.
func isQuiet(conn *net.TCPConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	var readErr error
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, readErr = syscall.Read(int(fd), b[:])
	})
	return err == nil && readErr == syscall.EAGAIN
}
