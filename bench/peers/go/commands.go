package main

import "errors"

// kind is what the gateway has to know about a command. Most are just forwarded.
type kind int

const (
	forwarded kind = iota
	readOnly       // may be sent again if the upstream closed the connection
	stateful       // would block a shared connection, or change it for whoever comes next
	quit
	foreign // an HTTP client, which a web page may have sent here: closed without a word, as in Redis
)

var errStateful = errors.New("ERR this command is not supported by this gateway: " +
	"it blocks or changes a connection that is shared")

var kinds = kindsOf(map[kind][]string{
	readOnly: {"EXISTS", "GET", "MGET", "STRLEN", "TTL"},
	stateful: {
		"AUTH", "HELLO", "SELECT", "RESET", "MONITOR", "SYNC", "PSYNC", "REPLCONF",
		"MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH",
		"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE",
		"BLPOP", "BRPOP", "BLMPOP", "BLMOVE", "BRPOPLPUSH", "BZPOPMIN", "BZPOPMAX", "BZMPOP",
		"WAIT", "WAITAOF",
	},
	quit:    {"QUIT"},
	foreign: {"POST", "HOST:"},
})

func kindsOf(commands map[kind][]string) map[string]kind {
	byName := make(map[string]kind)
	for k, names := range commands {
		for _, name := range names {
			byName[name] = k
		}
	}
	return byName
}

func kindOf(name []byte) kind {
	var upper [16]byte // Longer than any name above. string(upper[...]) as an index is no copy.
	if len(name) > len(upper) {
		return forwarded
	}
	for i, c := range name {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	return kinds[string(upper[:len(name)])]
}
