package main

import (
	"bufio"
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// inPieces runs a test on a stream that comes at once, and again byte by byte.
func inPieces(t *testing.T, stream string, test func(t *testing.T, in *bufio.Reader)) {
	t.Helper()
	t.Run("whole", func(t *testing.T) { test(t, bufio.NewReader(strings.NewReader(stream))) })
	t.Run("bytewise", func(t *testing.T) {
		test(t, bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(stream)), bufferSize))
	})
}

func TestRequests(t *testing.T) {
	ping := command("PING")
	binary := command("SET", "k\x00\r\n", "\r\n$1\r\n\xff"+strings.Repeat("\x00*", 40_000))
	for _, c := range []struct {
		stream string
		want   []string
		end    error
	}{
		{"", nil, io.EOF},
		{ping, []string{ping}, io.EOF},
		{ping + binary + ping, []string{ping, binary, ping}, io.EOF},
		{command("SET", "k", ""), []string{command("SET", "k", "")}, io.EOF},
		{"*2\r\n$3\r\nGET\r\n$1\r\na\r", nil, io.EOF},
		{"*0\r\n*-1\r\n\r\n\n \t\r\n" + ping, []string{ping}, io.EOF},
		{"PING\r\n set  k v \nPING", []string{ping, command("set", "k", "v")}, io.EOF},
		{`ECHO "a\x41\n\"" 'b\'\n' ""` + "\r\n", []string{command("ECHO", "aA\n\"", `b'\n`, "")}, io.EOF},
		{"*x\r\n", nil, protocolError("invalid multibulk length")},
		{"*01\r\n", nil, protocolError("invalid multibulk length")},
		{"*1\n", nil, protocolError("invalid multibulk length")},
		{"*2147483648\r\n", nil, protocolError("invalid multibulk length")},
		{ping + "*99999999999999999999\r\n", []string{ping}, protocolError("invalid multibulk length")},
		{"*1\r\n$-1\r\n", nil, protocolError("invalid bulk length")},
		{"*1\r\n$536870913\r\n", nil, protocolError("invalid bulk length")},
		{"*1\r\n:1\r\n", nil, protocolError("expected '$', got ':'")},
		{"*2\r\n$4\r\nECHO\r\nPING\r\n", nil, protocolError("expected '$', got 'P'")},
		{"*1\r\n$4\r\nPINGxx", nil, protocolError("expected CRLF")},
		{"ECHO \"abc\r\n", nil, protocolError("unbalanced quotes in request")},
		{"ECHO 'abc'd\r\n", nil, protocolError("unbalanced quotes in request")},
		{strings.Repeat("x", 70_000) + "\r\n", nil, protocolError("too big inline request")},
		{"*" + strings.Repeat("1", 70_000) + "\r\n", nil, protocolError("too big mbulk count string")},
		{"*1\r\n$" + strings.Repeat("1", 70_000), nil, protocolError("too big bulk count string")},
		{"*3\r\n" + bulk("") + bulk("x") + "$536870912\r\n", nil, io.EOF},
	} {
		inPieces(t, c.stream, func(t *testing.T, in *bufio.Reader) {
			var got []string
			var q request
			err := q.read(in)
			for ; err == nil; err = q.read(in) {
				got = append(got, string(q.raw))
			}
			if !reflect.DeepEqual(got, c.want) || err != c.end {
				t.Errorf("%.100q: got %.100q, %v; want %.100q, %v", c.stream, got, err, c.want, c.end)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	for name, want := range map[string]kind{
		"GET": readOnly, "gEt": readOnly, "SET": forwarded, "blpop": stateful, "quit": quit,
		"host:": foreign, "": forwarded, strings.Repeat("GET", 10): forwarded,
	} {
		var q request
		err := q.read(bufio.NewReader(strings.NewReader(command(name, "key"))))
		if err != nil || q.kind != want {
			t.Errorf("%q: got %v, %v; want %v", name, q.kind, err, want)
		}
	}
}

func TestReplies(t *testing.T) {
	replies := []string{
		"+OK\r\n", "+\r\n", "-ERR no\r\n", ":0\r\n", ":-9223372036854775808\r\n", ":9223372036854775807\r\n",
		"$-1\r\n", "$0\r\n\r\n", "$8\r\n\r\n$1\r\n\r\n\r\n", "*-1\r\n", "*0\r\n",
		"*3\r\n*0\r\n*2\r\n*1\r\n:1\r\n-ERR x\r\n$-1\r\n",
		"+" + strings.Repeat("long ", 20_000) + "\r\n", bulk(strings.Repeat("\r\n\x00", 50_000)),
		strings.Repeat("*1\r\n", maxDepth) + ":1\r\n",
	}
	inPieces(t, strings.Join(replies, ""), func(t *testing.T, in *bufio.Reader) {
		for _, want := range replies {
			if got, err := appendReply(nil, in); err != nil || string(got) != want {
				t.Fatalf("got %.100q, %v; want %.100q", got, err, want)
			}
		}
		if _, err := appendReply(nil, in); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	})
}

func TestMalformedReplies(t *testing.T) {
	for _, stream := range []string{
		"x\r\n", "\r\n", "\n", "_\r\n", "%1\r\n", "+OK\n", "+O\rK\r\n", ":\r\n", ":+1\r\n", ":01\r\n", ":-0\r\n",
		":--1\r\n", ":9223372036854775808\r\n", ":-9223372036854775809\r\n", ":99999999999999999999\r\n",
		"$-2\r\n", "$x\r\n", "$3\r\nabcd\r\n", "$3\r\nabc\rx", "*-2\r\n", "*2\r\n:1\r\n\r\n",
		strings.Repeat("*1\r\n", maxDepth+1) + ":1\r\n",
	} {
		inPieces(t, stream, func(t *testing.T, in *bufio.Reader) {
			if got, err := appendReply(nil, in); err != errMalformed {
				t.Errorf("%q: got %q, %v", stream, got, err)
			}
		})
	}
}

func TestWhatIsMerelyAnnouncedIsNotAllocated(t *testing.T) {
	stream := "*2\r\n$4\r\nECHO\r\n$536870912\r\n" + strings.Repeat("x", 1000)
	var q request
	if err := q.read(bufio.NewReader(strings.NewReader(stream))); err != io.EOF || cap(q.raw) > 1<<16 {
		t.Errorf("request: %v, capacity %d", err, cap(q.raw))
	}
	reply, err := appendReply(nil, bufio.NewReader(bytes.NewReader([]byte("*1000000000\r\n$9223372036854775807\r\nx"))))
	if err != io.EOF || cap(reply) > 1<<16 {
		t.Errorf("reply: %v, capacity %d", err, cap(reply))
	}
}
