// A gateway in front of Redis: the well-known Go recipe, one stage at a time.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// A stage serves what the listener accepts until the listener is closed.
type stage func(listener net.Listener, upstream string) error

var stages = map[string]stage{
	"naive":     naive,
	"pool":      pooled,
	"keepalive": keepalive,
	"channel":   channel,
	"corrected": corrected,
}

type options struct{ stage, listen, upstream string }

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, signals))
}

// run returns the exit status.
func run(args []string, stdout, stderr io.Writer, signals <-chan os.Signal) int {
	opts, err := parseOptions(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "go_gateway:", err)
		return 2
	}
	listener, err := net.Listen("tcp", opts.listen)
	if err != nil {
		fmt.Fprintln(stderr, "go_gateway:", err)
		return 1
	}
	defer listener.Close()
	fmt.Fprintln(stdout, "listening on", listener.Addr())

	// [signals]
	failed := make(chan error, 1)
	go func() { failed <- stages[opts.stage](listener, opts.upstream) }()
	select {
	case <-signals:
		return 0
	case err := <-failed:
		fmt.Fprintln(stderr, "go_gateway:", err)
		return 1
	}
	// [signals]
}

func parseOptions(args []string, stdout io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("go_gateway", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is one line, without the usage behind it
	flags.StringVar(&opts.stage, "stage", "", "naive, pool, keepalive, channel or corrected")
	flags.StringVar(&opts.listen, "listen", "127.0.0.1:0", "`HOST:PORT`; port 0 takes a free one")
	flags.StringVar(&opts.upstream, "upstream", "127.0.0.1:6379", "the Redis, `HOST:PORT`")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stdout)
			flags.PrintDefaults()
		}
		return opts, err
	}
	if flags.NArg() > 0 {
		return opts, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if stages[opts.stage] == nil {
		return opts, fmt.Errorf("--stage: %q is none of naive, pool, keepalive, channel, corrected", opts.stage)
	}
	if !isAddress(opts.listen, 0) {
		return opts, fmt.Errorf("--listen: %q is not HOST:PORT", opts.listen)
	}
	if !isAddress(opts.upstream, 1) {
		return opts, fmt.Errorf("--upstream: %q is not HOST:PORT", opts.upstream)
	}
	return opts, nil
}

func isAddress(text string, minPort int) bool {
	host, port, err := net.SplitHostPort(text)
	number, notNumber := strconv.ParseUint(port, 10, 16)
	return err == nil && notNumber == nil && host != "" && int(number) >= minPort
}
