package main

import (
	"net"
	"runtime"
)

// [channel]
// Stage 4 as in the recipe: workers receive connections from a channel and serve each until it closes.
// An idle client keeps its worker. NumCPU idle clients keep all workers, and nobody else is served.
func channel(listener net.Listener, upstream string) error {
	const capacity = 100
	p := newPool(upstream)
	clients := make(chan net.Conn, capacity)
	defer close(clients)
	for i := 0; i < runtime.NumCPU(); i++ {
		go func() {
			for client := range clients {
				serveMany(client, p)
			}
		}()
	}
	return accept(keepAliveListener(listener), func(client net.Conn) { clients <- client })
}

// [channel]
