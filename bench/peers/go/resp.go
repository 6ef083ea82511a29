package main

import (
	"bufio"
	"bytes"
	"errors"
)

var (
	crlf           = []byte("\r\n")
	errLineTooLong = errors.New("line too long")
)

// appendLine reads up to and including a line feed.
func appendLine(buf []byte, in *bufio.Reader, limit int) ([]byte, error) {
	for start := len(buf); ; {
		part, err := in.ReadSlice('\n')
		buf = append(buf, part...)
		if len(buf)-start > limit+len(crlf) {
			return buf, errLineTooLong
		}
		if err != bufio.ErrBufferFull {
			return buf, err
		}
	}
}

// appendN reads n bytes. The buffer grows with the bytes that came, not with those announced.
func appendN(buf []byte, in *bufio.Reader, n int) ([]byte, error) {
	for n > 0 {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		room := buf[len(buf):cap(buf)]
		if len(room) > n {
			room = room[:n]
		}
		count, err := in.Read(room)
		buf = buf[:len(buf)+count]
		n -= count
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

// parseInteger takes only the canonical form, as Redis does: no plus sign, no leading zero. (Not
// strconv, which would take those and allocate a string.)
func parseInteger(text []byte) (value int64, ok bool) {
	const cutoff = (1<<63 - 1) / 10
	digits := bytes.TrimPrefix(text, []byte("-"))
	negative := len(digits) < len(text)
	if len(digits) == 0 || digits[0] == '0' && len(text) > 1 {
		return 0, false
	}
	for _, c := range digits {
		digit := int64(c) - '0'
		if digit < 0 || digit > 9 || value < -cutoff {
			return 0, false
		}
		// Counts down, because there is one more negative number than positive ones.
		if value = value*10 - digit; value > 0 {
			return 0, false
		}
	}
	if negative {
		return value, true
	}
	return -value, -value >= 0
}
