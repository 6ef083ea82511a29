package main

import (
	"bufio"
	"bytes"
)

const (
	maxDepth = 32        // of arrays within arrays
	maxText  = 512 << 20 // of a simple string or an error
)

// appendReply reads a RESP2 reply, byte for byte, and looks only for its end.
func appendReply(buf []byte, in *bufio.Reader) ([]byte, error) {
	return appendElement(buf, in, 0)
}

func appendElement(buf []byte, in *bufio.Reader, depth int) ([]byte, error) {
	start := len(buf)
	buf, err := appendLine(buf, in, maxText)
	if err == errLineTooLong {
		return buf, errMalformed
	}
	if err != nil {
		return buf, err
	}
	line := buf[start:]
	if len(line) < 3 || !bytes.HasSuffix(line, crlf) {
		return buf, errMalformed
	}
	text := line[1 : len(line)-2]
	switch line[0] {
	case '+', '-':
		if bytes.IndexByte(text, '\r') >= 0 {
			return buf, errMalformed
		}
		return buf, nil
	case ':', '$', '*':
	default:
		return buf, errMalformed
	}
	number, ok := parseInteger(text)
	switch {
	case !ok:
		return buf, errMalformed
	case line[0] == ':' || number == -1: // An integer, or null
		return buf, nil
	case number < 0:
		return buf, errMalformed
	case line[0] == '$':
		return appendBulk(buf, in, int(number))
	case depth == maxDepth:
		return buf, errMalformed
	}
	for ; number > 0 && err == nil; number-- {
		buf, err = appendElement(buf, in, depth+1)
	}
	return buf, err
}

func appendBulk(buf []byte, in *bufio.Reader, length int) ([]byte, error) {
	buf, err := appendN(buf, in, length)
	if err == nil {
		buf, err = appendN(buf, in, len(crlf))
	}
	if err == nil && !bytes.HasSuffix(buf, crlf) {
		err = errMalformed
	}
	return buf, err
}
