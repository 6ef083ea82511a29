package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestBadOptions(t *testing.T) {
	for _, c := range []struct{ args, named string }{
		{"", "--stage"},
		{"--stage fast", "--stage"},
		{"--stage", "-stage"},
		{"--stage pool --listen 127.0.0.1", "--listen"},
		{"--stage pool --listen 127.0.0.1:65536", "--listen"},
		{"--stage pool --upstream 127.0.0.1:0", "--upstream"},
		{"--stage pool --upstream :6379", "--upstream"},
		{"--stage pool --threads 4", "-threads"},
		{"--stage pool more", "more"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(strings.Fields(c.args), &stdout, &stderr, nil)
		said := stderr.String()
		if status != 2 || stdout.Len() > 0 || strings.Count(said, "\n") != 1 || !strings.Contains(said, c.named) {
			t.Errorf("%s: exit %d, %q", c.args, status, said)
		}
	}
}

func TestPortInUse(t *testing.T) {
	var stdout, stderr bytes.Buffer
	args := []string{"--stage", "naive", "--listen", listen(t).Addr().String()}
	if status := run(args, &stdout, &stderr, nil); status != 1 || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("exit %d, %q", status, stderr.String())
	}
}

// Even where the accept loop waits for a place in the channel.
func TestASignalEndsIt(t *testing.T) {
	for name := range stages {
		signals, status := make(chan os.Signal, 1), make(chan int)
		reader, stdout := io.Pipe()
		args := []string{"--stage", name, "--upstream", startUpstream(t, mirror)}
		go func() { status <- run(args, stdout, io.Discard, signals) }()
		line, _ := bufio.NewReader(reader).ReadString('\n')
		address := strings.TrimSuffix(strings.TrimPrefix(line, "listening on "), "\n")
		for i := 0; i < runtime.NumCPU()+105; i++ {
			dialClient(t, address)
		}
		signals <- syscall.SIGTERM
		if got := <-status; got != 0 {
			t.Errorf("%s: exit %d", name, got)
		}
	}
}
