// Package listen opens the address a peer serves and announces it the way every server of the comparison does:
// one line, `listening on ADDR`, on standard output.
package listen

import (
	"fmt"
	"net"
	"os"
	"strings"
)

const unixPrefix = "unix:"

// Split turns "HOST:PORT" or "unix:PATH" into what package net wants.
func Split(address string) (network, target string) {
	if path, found := strings.CutPrefix(address, unixPrefix); found {
		return "unix", path
	}
	return "tcp", address
}

// Open listens on address; port 0 asks for a free port, a stale socket file is removed.
func Open(address string) (net.Listener, error) {
	network, target := Split(address)
	if network == "unix" {
		if err := os.Remove(target); err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("cannot remove the stale socket %s: %w", target, err)
		}
	}
	return net.Listen(network, target)
}

// Announce prints the line that scripts wait for.
func Announce(listener net.Listener) {
	address := listener.Addr()
	if address.Network() == "unix" {
		fmt.Printf("listening on %s%s\n", unixPrefix, address)
		return
	}
	fmt.Printf("listening on %s\n", address)
}
