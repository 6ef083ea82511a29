// What the recipe's pool gives to whoever comes first.
package main

import (
	"fmt"
	"net"
	"sync"
)

// [get]
var pool sync.Pool // Nothing has been put into it yet, or the collector has emptied it.

func get() net.Conn {
	return pool.Get().(net.Conn)
}

// [get]

func main() {
	fmt.Println("Get returns", pool.Get())
	get()
}
