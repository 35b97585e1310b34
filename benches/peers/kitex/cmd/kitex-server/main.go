// Command kitex-server is a Kitex echo server, in Thrift and in protobuf: the peer our clients are checked against and measured beside.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/klog"
	"github.com/cloudwego/kitex/pkg/remote/trans/gonet"
	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/server"

	"kittiwake/peers/gen/kitex_gen/echo"
	"kittiwake/peers/gen/kitex_gen/echo/echoserver"
	"kittiwake/peers/gen/kitex_gen/echopb"
	echopbservice "kittiwake/peers/gen/kitex_gen/echopb/echopb"
	"kittiwake/peers/kitex/internal/listen"
)

func main() {
	address := flag.String("addr", "127.0.0.1:0", "HOST:PORT or unix:PATH")
	transport := flag.String("transport", "netpoll", "netpoll, gonet or mux (netpoll, TTHeader only, many calls in flight)")
	pin := flag.String("pin", "", "CPUs to bind to, such as 0,1; also sets GOMAXPROCS")
	verbose := flag.Bool("verbose", false, "log what Kitex logs; otherwise it is silent")
	flag.Parse()
	if err := serve(*address, *transport, *pin, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "kitex-server:", err)
		os.Exit(1)
	}
}

func serve(address, transport, pin string, verbose bool) error {
	if err := listen.Pin(pin); err != nil {
		return err
	}
	if !verbose {
		klog.SetLevel(klog.LevelFatal)
	}
	options, err := transportOptions(transport)
	if err != nil {
		return err
	}
	listener, err := listen.Open(address)
	if err != nil {
		return err
	}
	options = append(options,
		server.WithListener(listener),
		server.WithMetaHandler(transmeta.ServerTTHeaderHandler),
		server.WithExitWaitTime(exitWait),
	)
	kitex := echoserver.NewServer(&handler{}, options...)
	if err := echopbservice.RegisterService(kitex, &protobufHandler{}); err != nil {
		return err
	}
	listen.Announce(listener)
	return kitex.Run()
}

func transportOptions(name string) ([]server.Option, error) {
	switch name {
	case "netpoll":
		return nil, nil
	case "gonet":
		return []server.Option{
			server.WithTransServerFactory(gonet.NewTransServerFactory()),
			server.WithTransHandlerFactory(gonet.NewSvrTransHandlerFactory()),
		}, nil
	case "mux":
		return []server.Option{server.WithMuxTransport()}, nil
	}
	return nil, fmt.Errorf("unknown transport %q: choose netpoll, gonet or mux", name)
}

// handler answers with what it was sent. Some actions fail on purpose, see benches/peers/README.md.
type handler struct{}

func (*handler) Echo(_ context.Context, request *echo.Request) (*echo.Response, error) {
	if err := obey(request.Action); err != nil {
		return nil, err
	}
	return &echo.Response{Action: request.Action, Msg: request.Msg}, nil
}

func (*handler) EchoComplex(_ context.Context, request *echo.ComplexRequest) (*echo.ComplexResponse, error) {
	if err := obey(request.Action); err != nil {
		return nil, err
	}
	return &echo.ComplexResponse{
		Action:  request.Action,
		Msg:     request.Msg,
		MsgMap:  request.MsgMap,
		SubMsgs: request.SubMsgs,
		MsgSet:  request.MsgSet,
		FlagMsg: request.FlagMsg,
	}, nil
}

// protobufHandler does the same in protobuf.
type protobufHandler struct{}

func (*protobufHandler) Send(_ context.Context, request *echopb.Request) (*echopb.Response, error) {
	if err := obey(request.Action); err != nil {
		return nil, err
	}
	return &echopb.Response{Action: request.Action, Msg: request.Msg}, nil
}

func (*protobufHandler) SendComplex(_ context.Context, message *echopb.Complex) (*echopb.Complex, error) {
	if err := obey(message.Action); err != nil {
		return nil, err
	}
	return message, nil
}

func obey(action string) error {
	switch action {
	case "error":
		return errors.New("the caller asked for an error")
	case "panic":
		panic("the caller asked for a panic")
	case "biz":
		return kerrors.NewBizStatusErrorWithExtra(404, "no such bird", map[string]string{"bird": "dodo"})
	}
	return nil
}

const exitWait = 200 * time.Millisecond
