package main

import (
	"fmt"
	"time"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/remote"
	"github.com/cloudwego/kitex/pkg/remote/trans/netpollmux"
	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/transport"

	"kittiwake/peers/kitex/internal/listen"
)

// dialect is how to reach the server and what it is known to do where Kitex and Kittiwake differ.
type dialect struct {
	address string
	// protocol is what goes on the wire; mux is TTHeader with many calls in flight on one connection.
	protocol transport.Protocol
	mux      bool
	payload  payload
	// A Kitex server closes a connection after a request it could not route, except in mux mode.
	closesAfterUnknown bool
	// Without a service name on the wire, Kitex reports an unknown method as an unknown service.
	unknownMethodType int32
}

func newDialect(address, protocol, payload, peer string) (dialect, error) {
	made := dialect{address: address, unknownMethodType: typeUnknownMethod}
	var err error
	if made.payload, err = newPayload(payload); err != nil {
		return made, err
	}
	if address == "" {
		return made, fmt.Errorf("--addr is missing")
	}
	switch protocol {
	case "buffered":
		made.protocol = transport.PurePayload
	case "framed":
		made.protocol = transport.Framed
	case "ttheader":
		made.protocol = transport.TTHeader
	case "ttheader-framed":
		made.protocol = transport.TTHeaderFramed
	case "mux":
		made.protocol, made.mux = transport.TTHeader, true
	default:
		return made, fmt.Errorf("unknown protocol %q: choose buffered, framed, ttheader, ttheader-framed or mux", protocol)
	}
	if payload == "protobuf" {
		switch made.protocol {
		case transport.Framed, transport.TTHeaderFramed:
		case transport.TTHeader:
			// Kitex puts the length of a protobuf message before it whatever is around it.
			made.protocol = transport.TTHeaderFramed
		default:
			return made, fmt.Errorf("protobuf needs a frame: choose framed, ttheader-framed or mux")
		}
	}
	switch peer {
	case "kittiwake":
	case "kitex":
		made.closesAfterUnknown = !made.mux
		if !made.carriesServiceName() {
			made.unknownMethodType = typeUnknownService
		}
	default:
		return made, fmt.Errorf("unknown peer %q: choose kittiwake or kitex", peer)
	}
	return made, nil
}

// carriesServiceName reports whether requests name their service (TTHeader's `isn`).
func (d dialect) carriesServiceName() bool {
	return d.protocol&transport.TTHeader != 0
}

// options are the client options of this dialect; dialer counts the connections.
func (d dialect) options(dialer *countingDialer) []client.Option {
	if d.mux {
		return d.optionsWithPool(dialer, netpollmux.NewMuxConnPool(1))
	}
	return d.optionsWithPool(dialer, nil)
}

// optionsOneConnection make every client that is given them share one connection, whatever a call ends with.
func (d dialect) optionsOneConnection(dialer *countingDialer) []client.Option {
	if d.mux {
		return d.optionsWithPool(dialer, netpollmux.NewMuxConnPool(1))
	}
	return d.optionsWithPool(dialer, &stubbornPool{})
}

func (d dialect) optionsWithPool(dialer *countingDialer, pool remote.ConnPool) []client.Option {
	_, target := listen.Split(d.address)
	options := []client.Option{
		client.WithHostPorts(target),
		// Protocols add up, and Framed is Kitex's default: PurePayload starts from nothing.
		client.WithTransportProtocol(transport.PurePayload),
		client.WithTransportProtocol(d.protocol),
		client.WithMetaHandler(transmeta.ClientTTHeaderHandler),
		client.WithDialer(dialer),
		client.WithConnectTimeout(connectTimeout),
		client.WithRPCTimeout(callTimeout),
		client.WithMiddleware(insist(d.protocol)),
	}
	if pool != nil {
		options = append(options, client.WithConnPool(pool))
	}
	if d.mux {
		options = append(options, client.WithTransHandlerFactory(netpollmux.NewCliTransHandlerFactory()))
	}
	return options
}

const (
	connectTimeout = 5 * time.Second
	callTimeout    = 30 * time.Second

	typeUnknownMethod  = 1
	typeInternalError  = 6
	typeUnknownService = 20
)
