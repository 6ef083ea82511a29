package main

import "strconv"

// splitInline splits a line into words as Redis does: "double quotes" know \n \r \t \b \a \xHH and
// a backslash in front of any other character, 'single quotes' know only \', and a closing quote ends
// the word. It reports false if a quote is not closed, or is not followed by white space.
func splitInline(line []byte) (words [][]byte, ok bool) {
	for {
		for len(line) > 0 && isSpace(line[0]) {
			line = line[1:]
		}
		if len(line) == 0 {
			return words, true
		}
		word := []byte{}
		for len(line) > 0 && !isSpace(line[0]) {
			if quote := line[0]; quote == '"' || quote == '\'' {
				if word, line, ok = unquote(word, line[1:], quote); !ok {
					return nil, false
				}
				break
			}
			word, line = append(word, line[0]), line[1:]
		}
		words = append(words, word)
	}
}

// unquote appends the text up to the closing quote to word, and returns the text behind it.
func unquote(word, line []byte, quote byte) (_, rest []byte, ok bool) {
	for len(line) > 0 {
		c := line[0]
		switch {
		case c == quote:
			line = line[1:]
			return word, line, len(line) == 0 || isSpace(line[0])
		case c == '\\' && len(line) > 1 && (quote == '"' || line[1] == '\''):
			c, line = unescape(line[1:])
		default:
			line = line[1:]
		}
		word = append(word, c)
	}
	return nil, nil, false
}

func unescape(line []byte) (c byte, rest []byte) {
	if line[0] == 'x' && len(line) >= 3 {
		if code, err := strconv.ParseUint(string(line[1:3]), 16, 8); err == nil {
			return byte(code), line[3:]
		}
	}
	switch c = line[0]; c {
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'b':
		c = '\b'
	case 'a':
		c = '\a'
	}
	return c, line[1:]
}

func isSpace(c byte) bool {
	return c == ' ' || '\t' <= c && c <= '\r'
}
