package main

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/server"

	"kittiwake/peers/gen/kitex_gen/golden"
	service "kittiwake/peers/gen/kitex_gen/golden/golden"
	"kittiwake/peers/gen/kitex_gen/goldenpb"
	servicepb "kittiwake/peers/gen/kitex_gen/goldenpb/goldenpb"
)

// start serves what build makes until stop is called.
func start(build func(...server.Option) server.Server, extra []server.Option) (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	kitex := build(append([]server.Option{
		server.WithListener(listener),
		server.WithMetaHandler(transmeta.ServerTTHeaderHandler),
		server.WithExitWaitTime(exitWait),
	}, extra...)...)
	ended := make(chan struct{})
	go func() {
		_ = kitex.Run()
		close(ended)
	}()
	return listener.Addr().String(), func() { _ = kitex.Stop(); <-ended }, nil
}

func buildThrift(options ...server.Option) server.Server {
	return service.NewServer(&handler{}, options...)
}

func buildProtobuf(options ...server.Option) server.Server {
	return servicepb.NewServer(&handlerPb{}, options...)
}

// handler does what the command of a request says. Kitex takes handlers by pointer only.
type handler struct{}

func (*handler) Mirror(ctx context.Context, item *golden.Item, command string) (*golden.Item, error) {
	switch command {
	case "refuse":
		return nil, &golden.Refused{Code: 7, Reason: "refused as asked, 拒绝"}
	case "error":
		return nil, errors.New("failed as asked")
	case "panic":
		panic("panicked as asked")
	case "biz":
		return nil, kerrors.NewBizStatusErrorWithExtra(1234, "no such item, 没有", map[string]string{"field": "id"})
	case "backward":
		metainfo.SendBackwardValue(ctx, "ANSWERED_BY", "golden")
	}
	return item, nil
}

func (*handler) Nothing(context.Context) error        { return nil }
func (*handler) Notify(context.Context, string) error { return nil }

type handlerPb struct{}

func (*handlerPb) Mirror(_ context.Context, item *goldenpb.Item) (*goldenpb.Item, error) {
	if item.Text == "error" {
		return nil, errors.New("failed as asked")
	}
	return item, nil
}

const exitWait = time.Second
