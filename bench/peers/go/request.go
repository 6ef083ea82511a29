package main

import (
	"bufio"
	"bytes"
	"errors"
	"math"
	"strconv"
)

// What Redis accepts, and twice its largest value for a request as a whole.
const (
	maxLine      = 64 * 1024
	maxBulk      = 512 << 20
	maxMultibulk = math.MaxInt32
	maxRequest   = 2 * (maxBulk + maxLine)
)

// protocolError is Redis's error for a request, after which it closes the connection.
type protocolError string

func (e protocolError) Error() string { return "ERR Protocol error: " + string(e) }

var errRequestTooLarge = errors.New("request too large")

// request is a complete request, as an array of bulk strings.
type request struct {
	raw  []byte
	kind kind
}

// read reads the next request. Empty ones get no reply in Redis and are skipped.
func (q *request) read(in *bufio.Reader) error {
	for {
		first, err := in.Peek(1)
		if err != nil {
			return err
		}
		q.raw = q.raw[:0]
		var args int
		if first[0] == '*' {
			args, err = q.readArray(in)
		} else {
			args, err = q.readInline(in)
		}
		if err != nil || args > 0 {
			return err
		}
	}
}

func (q *request) readArray(in *bufio.Reader) (args int, err error) {
	count, ok, err := q.readHeader(in, '*', "too big mbulk count string")
	if err != nil {
		return 0, err
	}
	if !ok || count > maxMultibulk {
		return 0, protocolError("invalid multibulk length")
	}
	for ; args < int(count); args++ {
		length, ok, err := q.readHeader(in, '$', "too big bulk count string")
		if err != nil {
			return 0, err
		}
		if !ok || length < 0 || length > maxBulk {
			return 0, protocolError("invalid bulk length")
		}
		if len(q.raw)+int(length) > maxRequest {
			return 0, errRequestTooLarge
		}
		q.raw, err = appendBulk(q.raw, in, int(length))
		if err == errMalformed {
			return 0, protocolError("expected CRLF")
		}
		if err != nil {
			return 0, err
		}
		if args == 0 {
			end := len(q.raw) - len(crlf)
			q.kind = kindOf(q.raw[end-int(length) : end])
		}
	}
	return args, nil
}

// readHeader reads a line such as "*3\r\n"; ok tells whether it holds a number.
func (q *request) readHeader(in *bufio.Reader, mark byte, tooLong protocolError) (
	number int64, ok bool, err error,
) {
	start := len(q.raw)
	q.raw, err = appendLine(q.raw, in, maxLine)
	if err == errLineTooLong {
		return 0, false, tooLong
	}
	if err != nil {
		return 0, false, err
	}
	line := q.raw[start:]
	if line[0] != mark {
		return 0, false, gotInstead(line[0])
	}
	if !bytes.HasSuffix(line, crlf) {
		return 0, false, nil
	}
	number, ok = parseInteger(line[1 : len(line)-len(crlf)])
	return number, ok, nil
}

// gotInstead is Redis's word for an argument that does not begin with '$'. (That a request
// begins with '*' is known before its first line is read.)
func gotInstead(got byte) error {
	if got == '\r' || got == '\n' || got == 0 {
		got = ' '
	}
	return protocolError("expected '$', got '" + string([]byte{got}) + "'")
}

// readInline reads a request as a person types it, and encodes it as an array.
func (q *request) readInline(in *bufio.Reader) (args int, err error) {
	q.raw, err = appendLine(q.raw, in, maxLine)
	if err == errLineTooLong {
		return 0, protocolError("too big inline request")
	}
	if err != nil {
		return 0, err
	}
	words, ok := splitInline(q.raw)
	if !ok {
		return 0, protocolError("unbalanced quotes in request")
	}
	q.raw = append(q.raw[:0], '*')
	q.raw = append(strconv.AppendInt(q.raw, int64(len(words)), 10), crlf...)
	for _, word := range words {
		q.raw = append(q.raw, '$')
		q.raw = append(strconv.AppendInt(q.raw, int64(len(word)), 10), crlf...)
		q.raw = append(append(q.raw, word...), crlf...)
	}
	if len(words) > 0 {
		q.kind = kindOf(words[0])
	}
	return len(words), nil
}
