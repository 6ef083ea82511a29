// A gateway in front of Redis: the well-known Go recipe, one stage at a time.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

// A stage serves accepted connections until the listener is closed.
type stage func(listener net.Listener, upstream string) error

var stages = map[string]stage{
	"naive":     naive,
	"pool":      pooled,
	"keepalive": keepalive,
	"channel":   channel,
	"corrected": corrected,
}

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, signals))
}

// run returns the exit status.
func run(args []string, stdout, stderr io.Writer, signals <-chan os.Signal) int {
	flags := flag.NewFlagSet("go_gateway", flag.ContinueOnError)
	flags.SetOutput(stderr)
	name := flags.String("stage", "", "naive, pool, keepalive, channel or corrected")
	listen := flags.String("listen", "127.0.0.1:0", "`HOST:PORT`; port 0 takes a free one")
	upstream := flags.String("upstream", "127.0.0.1:6379", "the Redis, `HOST:PORT`")
	if err := flags.Parse(args); err == flag.ErrHelp {
		return 0
	} else if err != nil {
		return 2
	}
	serve := stages[*name]
	if serve == nil || flags.NArg() > 0 {
		flags.Usage()
		return 2
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		fmt.Fprintln(stderr, "go_gateway:", err)
		return 1
	}
	defer listener.Close()
	fmt.Fprintln(stdout, "listening on", listener.Addr())

	// [signals]
	failed := make(chan error, 1)
	go func() { failed <- serve(listener, *upstream) }()
	select {
	case <-signals:
		return 0
	case err := <-failed:
		fmt.Fprintln(stderr, "go_gateway:", err)
		return 1
	}
	// [signals]
}
