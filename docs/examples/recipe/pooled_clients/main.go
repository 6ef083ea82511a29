// A server that pools its clients answers the wrong one.
package main

import (
	"bufio"
	"fmt"
	"net"
	"time"
)

// [serve]
// serve answers each new client over a connection of the pool, as the recipe has it.
func serve(listener net.Listener, pool chan net.Conn) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		name, _ := bufio.NewReader(client).ReadString('\n')
		pool <- client // "Returned", for the next request.
		conn := <-pool // "Used again": whose is it?
		fmt.Fprint(conn, "the balance of ", name)
		pool <- conn
	}
}

// [serve]

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go serve(listener, make(chan net.Conn, 100))
	alice, bob := connect(listener), connect(listener)
	fmt.Fprintln(alice, "alice")
	fmt.Print("alice asks and gets: ", line(alice))
	fmt.Fprintln(bob, "bob")
	fmt.Print("bob asks, alice gets: ", line(alice))
	bob.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	_, err = bob.Read(make([]byte, 1))
	fmt.Println("bob gets:", err)
}

func connect(listener net.Listener) net.Conn {
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	return conn
}

func line(conn net.Conn) string {
	text, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		panic(err)
	}
	return text
}
