package main

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"github.com/cloudwego/kitex/pkg/remote"
	"github.com/cloudwego/kitex/pkg/remote/trans/netpoll"
)

// countingDialer dials as Kitex does by default and counts, so that a check can prove it used one connection.
type countingDialer struct {
	remote.Dialer
	dials atomic.Int32
}

func newCountingDialer() *countingDialer {
	return &countingDialer{Dialer: netpoll.NewDialer()}
}

func (d *countingDialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	d.dials.Add(1)
	return d.Dialer.DialTimeout(network, address, timeout)
}

// stubbornPool has one connection and never gives it up. Kitex's own pools drop a connection after any error, which
// would hide whether the server had kept it. For calls one after another only.
type stubbornPool struct {
	connection net.Conn
}

func (p *stubbornPool) Get(_ context.Context, network, address string, option remote.ConnOption) (net.Conn, error) {
	if p.connection != nil {
		return p.connection, nil
	}
	connection, err := option.Dialer.DialTimeout(network, address, option.ConnectTimeout)
	p.connection = connection
	return connection, err
}

func (p *stubbornPool) Put(net.Conn) error     { return nil }
func (p *stubbornPool) Discard(net.Conn) error { return nil }

func (p *stubbornPool) Close() error {
	if p.connection == nil {
		return nil
	}
	return p.connection.Close()
}
