package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/remote"
	"github.com/cloudwego/kitex/pkg/remote/codec"
	"github.com/cloudwego/kitex/pkg/remote/trans/netpollmux"
	"github.com/cloudwego/kitex/pkg/rpcinfo"
	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/server"
	"github.com/cloudwego/kitex/transport"

	"kittiwake/peers/gen/kitex_gen/golden"
	service "kittiwake/peers/gen/kitex_gen/golden/golden"
	"kittiwake/peers/gen/kitex_gen/goldenpb"
	servicepb "kittiwake/peers/gen/kitex_gen/goldenpb/goldenpb"
	"kittiwake/peers/gen/kitex_gen/unknown_service"
	"kittiwake/peers/gen/kitex_gen/unknown_service/stranger"
)

// scenario is one connection of which every frame is kept.
type scenario struct {
	name          string
	oneway        bool
	server        func(...server.Option) server.Server
	serverOptions []server.Option
	// call talks to address and returns once it has nothing more to say; stop ends the server gracefully.
	call func(address string, stop func()) error
}

var scenarios = []scenario{
	single("buffered-mirror", transport.PurePayload, mirror("")),
	single("buffered-refuse", transport.PurePayload, mirror("refuse")),
	single("buffered-error", transport.PurePayload, mirror("error")),
	single("framed-mirror", transport.Framed, mirror("")),
	single("framed-refuse", transport.Framed, mirror("refuse")),
	single("framed-error", transport.Framed, mirror("error")),
	single("framed-panic", transport.Framed, mirror("panic")),
	single("framed-nothing", transport.Framed, nothing),
	oneway(single("framed-notify", transport.Framed, notify)),
	unroutable("framed-unknown-method", transport.Framed, serviceName),
	single("ttheader-mirror", transport.TTHeader, mirror("")),
	single("ttheader-refuse", transport.TTHeader, mirror("refuse")),
	single("ttheader-error", transport.TTHeader, mirror("error")),
	single("ttheader-panic", transport.TTHeader, mirror("panic")),
	single("ttheader-biz-status", transport.TTHeader, mirror("biz")),
	single("ttheader-nothing", transport.TTHeader, nothing),
	oneway(single("ttheader-notify", transport.TTHeader, notify)),
	single("ttheader-metainfo", transport.TTHeader, mirrorWithMetadata),
	single("ttheader-timeouts", transport.TTHeader, nothing,
		client.WithRPCTimeout(1500*time.Millisecond), client.WithConnectTimeout(2500*time.Millisecond)),
	checksummed(single("ttheader-crc32c", transport.TTHeader, mirror(""),
		client.WithCodec(codec.NewDefaultCodecWithConfig(codec.CodecConfig{CRC32Check: true})))),
	unroutable("ttheader-unknown-method", transport.TTHeader, serviceName),
	unroutable("ttheader-unknown-service", transport.TTHeader, "Stranger"),
	single("ttheader-framed-mirror", transport.TTHeaderFramed, mirror("")),
	single("ttheader-framed-error", transport.TTHeaderFramed, mirror("error")),
	{name: "protobuf-mirror", server: buildProtobuf, call: callProtobuf("mirror")},
	{name: "protobuf-error", server: buildProtobuf, call: callProtobuf("error")},
	{name: "mux", server: buildThrift, serverOptions: []server.Option{server.WithMuxTransport()}, call: callMux},
}

// single is a scenario of one call to Golden over a connection of its own.
func single(name string, protocol transport.Protocol, call func(service.Client) error, extra ...client.Option) scenario {
	return scenario{name: name, server: buildThrift, call: func(address string, _ func()) error {
		made, err := service.NewClient(serviceName, append(options(address, protocol), extra...)...)
		if err != nil {
			return err
		}
		return call(made)
	}}
}

func oneway(made scenario) scenario {
	made.oneway = true
	return made
}

// checksummed makes the server check and add a checksum too.
func checksummed(made scenario) scenario {
	made.serverOptions = []server.Option{
		server.WithCodec(codec.NewDefaultCodecWithConfig(codec.CodecConfig{CRC32Check: true})),
	}
	return made
}

// unroutable calls a method that Golden does not have, as a client of the service it names.
func unroutable(name string, protocol transport.Protocol, service string) scenario {
	return scenario{name: name, server: buildThrift, call: func(address string, _ func()) error {
		description := *stranger.NewServiceInfo()
		description.ServiceName = service
		made, err := client.NewClient(&description, append(options(address, protocol), client.WithDestService(service))...)
		if err != nil {
			return err
		}
		arguments, result := unknown_service.NewStrangerMissingArgs(), unknown_service.NewStrangerMissingResult()
		arguments.Text = "text"
		return wantException(made.Call(context.Background(), "Missing", arguments, result))
	}}
}

func mirror(command string) func(service.Client) error {
	return func(made service.Client) error {
		_, err := made.Mirror(context.Background(), sampleItem(), command)
		switch command {
		case "error", "panic":
			return wantException(err)
		case "refuse":
			var refused *golden.Refused
			if !errors.As(err, &refused) {
				return fmt.Errorf("wanted to be refused, got %v", err)
			}
			return nil
		case "biz":
			if _, found := kerrors.FromBizStatusError(err); !found {
				return fmt.Errorf("wanted a business status, got %v", err)
			}
			return nil
		}
		return err
	}
}

func nothing(made service.Client) error { return made.Nothing(context.Background()) }
func notify(made service.Client) error  { return made.Notify(context.Background(), "one way, 单向") }

func mirrorWithMetadata(made service.Client) error {
	ctx := metainfo.WithPersistentValue(context.Background(), "TRACE", "persistent, 一直")
	ctx = metainfo.WithValue(ctx, "HOP", "transient")
	ctx = metainfo.WithValue(ctx, "gdpr-token", "token")
	ctx = metainfo.WithBackwardValues(ctx)
	if _, err := made.Mirror(ctx, sampleItem(), "backward"); err != nil {
		return err
	}
	if answer, _ := metainfo.RecvBackwardValue(ctx, "ANSWERED_BY"); answer != "golden" {
		return fmt.Errorf("wanted a backward value, got %q", answer)
	}
	return nil
}

func callProtobuf(text string) func(string, func()) error {
	return func(address string, _ func()) error {
		made, err := servicepb.NewClient("GoldenPb", options(address, transport.TTHeaderFramed)...)
		if err != nil {
			return err
		}
		item := sampleItemPb()
		item.Text = text
		_, err = made.Mirror(context.Background(), item)
		if text == "error" {
			return wantException(err)
		}
		return err
	}
}

// callMux has three calls in flight on one connection, then lets the server say that it is about to go.
func callMux(address string, stop func()) error {
	pool := netpollmux.NewMuxConnPool(1)
	defer pool.Close()
	made, err := service.NewClient(serviceName,
		client.WithHostPorts(address),
		client.WithTransportProtocol(transport.TTHeader),
		client.WithMetaHandler(transmeta.ClientTTHeaderHandler),
		client.WithTransHandlerFactory(netpollmux.NewCliTransHandlerFactory()),
		client.WithConnPool(pool),
		client.WithConnectTimeout(connectTimeout))
	if err != nil {
		return err
	}
	var calls sync.WaitGroup
	failures := make(chan error, muxCalls)
	for call := 0; call < muxCalls; call++ {
		calls.Add(1)
		go func() {
			defer calls.Done()
			if err := nothing(made); err != nil {
				failures <- err
			}
		}()
	}
	calls.Wait()
	close(failures)
	stop()
	return <-failures
}

func options(address string, protocol transport.Protocol) []client.Option {
	return []client.Option{
		client.WithHostPorts(address),
		// Protocols add up, and Framed is Kitex's default: PurePayload starts from nothing.
		client.WithTransportProtocol(transport.PurePayload),
		client.WithTransportProtocol(protocol),
		client.WithMetaHandler(transmeta.ClientTTHeaderHandler),
		client.WithClientBasicInfo(&rpcinfo.EndpointBasicInfo{ServiceName: "golden.client"}),
		client.WithShortConnection(),
	}
}

func wantException(err error) error {
	var exception *remote.TransError
	if !errors.As(err, &exception) {
		return fmt.Errorf("wanted an exception, got %v", err)
	}
	return nil
}

// sampleItem has a value in every field, at its edges where that tells something.
func sampleItem() *golden.Item {
	text := "inner"
	return &golden.Item{
		Yes:     true,
		Tiny:    -128,
		Small:   -32768,
		Medium:  -2147483648,
		Large:   -9223372036854775808,
		Real:    -2.5,
		Text:    "Möwe, 海鸥, 🐦",
		Raw:     []byte{0, 1, 0xfe, 0xff},
		Colour:  golden.Colour_GREEN,
		Numbers: []int32{1, -1, 2147483647},
		Names:   []string{"a", "b"},
		Inners:  map[string]*golden.Inner{"key": {Id: 1, Text: &text}},
		Inner:   &golden.Inner{Id: 2},
		Flags:   []bool{true, false},
	}
}

func sampleItemPb() *goldenpb.Item {
	return &goldenpb.Item{
		Yes:     true,
		Medium:  -2147483648,
		Zigzag:  -3,
		Fixed:   4000000000,
		Real:    -2.5,
		Raw:     []byte{0, 1, 0xfe, 0xff},
		Numbers: []int32{1, -1, 2147483647},
		Inners:  map[string]*goldenpb.Inner{"key": {Id: 1, Text: "inner"}},
		Inner:   &goldenpb.Inner{Id: 2},
	}
}

const (
	serviceName    = "Golden"
	muxCalls       = 3
	connectTimeout = 5 * time.Second
)
