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

func TestWhatCannotStart(t *testing.T) {
	taken := listen(t).Addr().String()
	for _, c := range []struct {
		args, named string
		status      int
	}{
		{"", "Usage", 2},
		{"--stage fast", "Usage", 2},
		{"--stage", "-stage", 2},
		{"--stage pool --threads 4", "-threads", 2},
		{"--stage pool more", "Usage", 2},
		{"--stage pool --listen 127.0.0.1:65536", "65536", 1},
		{"--stage naive --listen " + taken, taken, 1},
		{"--help", "Usage", 0},
	} {
		var stdout, stderr bytes.Buffer
		status := run(strings.Fields(c.args), &stdout, &stderr, nil)
		if status != c.status || stdout.Len() > 0 || !strings.Contains(stderr.String(), c.named) {
			t.Errorf("%s: exit %d, %q", c.args, status, stderr.String())
		}
	}
}

// Even if the accept loop waits for a place in the channel.
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
