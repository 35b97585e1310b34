// Package tap is a proxy for one TCP connection that remembers what went by in each direction.
package tap

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
)

// Tap forwards the first connection it accepts.
type Tap struct {
	listener net.Listener
	upstream string
	done     sync.WaitGroup
	failure  error
	sent     bytes.Buffer
	answered bytes.Buffer
}

// Open starts to forward one connection to upstream.
func Open(upstream string) (*Tap, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &Tap{listener: listener, upstream: upstream}
	t.done.Add(1)
	go t.run()
	return t, nil
}

// Address is what the client connects to.
func (t *Tap) Address() string { return t.listener.Addr().String() }

// Wait blocks until both sides have closed and returns the bytes of each direction.
func (t *Tap) Wait() (sent, answered []byte, err error) {
	t.done.Wait()
	return t.sent.Bytes(), t.answered.Bytes(), t.failure
}

func (t *Tap) run() {
	defer t.done.Done()
	client, err := t.listener.Accept()
	t.listener.Close()
	if err != nil {
		t.failure = err
		return
	}
	server, err := net.Dial("tcp", t.upstream)
	if err != nil {
		client.Close()
		t.failure = fmt.Errorf("cannot reach the server behind the tap: %w", err)
		return
	}
	var answers sync.WaitGroup
	answers.Add(1)
	go func() {
		defer answers.Done()
		forward(client, server, &t.answered)
	}()
	forward(server, client, &t.sent)
	answers.Wait()
}

// forward copies until the source ends, then passes the end on. Both ends are torn down by whoever ends first, so an
// error here is a connection that has ended and nothing else.
func forward(to, from net.Conn, copied *bytes.Buffer) {
	_, _ = io.Copy(io.MultiWriter(copied, to), from)
	to.Close()
}
