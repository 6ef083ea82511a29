// What a worker gets when Accept fails and nobody looks at the error.
package main

import (
	"fmt"
	"net"
	"syscall"
)

// [accept]
func accept(listener net.Listener, clients chan<- net.Conn) {
	for {
		conn, _ := listener.Accept()
		clients <- conn
	}
}

func work(clients <-chan net.Conn) {
	for client := range clients {
		buffer := make([]byte, 1024)
		count, _ := client.Read(buffer)
		client.Write(buffer[:count])
	}
}

// [accept]

// As `ulimit -n 20` would have it, so that one need not wait for a thousand clients.
var limit = syscall.Rlimit{Cur: 20, Max: 20}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	var clients []net.Conn
	for {
		client, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			break // No descriptor is left, for the server neither.
		}
		clients = append(clients, client)
	}
	fmt.Println("some clients are connected, and no descriptor is left to accept them with")
	channel := make(chan net.Conn, 100)
	go accept(listener, channel)
	work(channel)
	fmt.Println(len(clients), "clients were served") // Never: their server is gone.
}
