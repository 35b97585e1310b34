package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/remote/trans/ttstream"
	"github.com/cloudwego/kitex/pkg/rpcinfo"
	"github.com/cloudwego/kitex/pkg/streaming"
	"github.com/cloudwego/kitex/server"

	"kittiwake/peers/gen/kitex_gen/golden_stream"
	stream "kittiwake/peers/gen/kitex_gen/golden_stream/goldenstream"
)

// One stream per connection, over TTHeader streaming.
var streamScenarios = []scenario{
	streams("stream/converse", converse("hello")),
	streams("stream/collect", collect),
	streams("stream/count", count),
	streams("stream/error", converse("error")),
	streams("stream/biz-status", converse("biz")),
	streams("stream/cancel", cancel),
}

func streams(name string, talk func(stream.Client) error) scenario {
	return scenario{name: name, server: buildStream, call: func(address string, _ func()) error {
		made, err := stream.NewClient("GoldenStream",
			client.WithHostPorts(address),
			client.WithClientBasicInfo(&rpcinfo.EndpointBasicInfo{ServiceName: "golden.client"}),
			client.WithTTHeaderStreamingOptions(
				client.WithTTHeaderStreamingTransportOptions(ttstream.WithClientShortConnPool())))
		if err != nil {
			return err
		}
		return talk(made)
	}}
}

// converse sends two notes, takes what comes back, and says that it has no more.
func converse(text string) func(stream.Client) error {
	return func(made stream.Client) error {
		ctx := context.Background()
		talk, err := made.Converse(ctx)
		if err != nil {
			return err
		}
		for number := int32(1); number <= 2; number++ {
			if err := talk.Send(ctx, &golden_stream.Note{Number: number, Text: text}); err != nil {
				return err
			}
			if _, err := talk.Recv(ctx); err != nil {
				if text == "hello" {
					return err
				}
				return nil
			}
		}
		if text != "hello" {
			return fmt.Errorf("the server was asked to fail and did not")
		}
		if err := talk.CloseSend(ctx); err != nil {
			return err
		}
		return wantEnd(talk.Recv(ctx))
	}
}

func collect(made stream.Client) error {
	ctx := context.Background()
	talk, err := made.Collect(ctx)
	if err != nil {
		return err
	}
	for number := int32(1); number <= 2; number++ {
		if err := talk.Send(ctx, &golden_stream.Note{Number: number, Text: "collect"}); err != nil {
			return err
		}
	}
	_, err = talk.CloseAndRecv(ctx)
	return err
}

func count(made stream.Client) error {
	ctx := context.Background()
	talk, err := made.Count(ctx, &golden_stream.Note{Number: 2, Text: "count"})
	if err != nil {
		return err
	}
	for range "12" {
		if _, err := talk.Recv(ctx); err != nil {
			return err
		}
	}
	return wantEnd(talk.Recv(ctx))
}

// cancel gives up a stream of which the server waits for more.
func cancel(made stream.Client) error {
	ctx, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	talk, err := made.Converse(ctx)
	if err != nil {
		return err
	}
	if err := talk.Send(ctx, &golden_stream.Note{Number: 1, Text: "hello"}); err != nil {
		return err
	}
	if _, err := talk.Recv(ctx); err != nil {
		return err
	}
	giveUp()
	if _, err := talk.Recv(ctx); !errors.Is(err, kerrors.ErrStreamingCanceled) {
		return fmt.Errorf("wanted to be cancelled, got %v", err)
	}
	return nil
}

func wantEnd(_ *golden_stream.Note, err error) error {
	if err != io.EOF {
		return fmt.Errorf("wanted the end of the stream, got %v", err)
	}
	return nil
}

func buildStream(options ...server.Option) server.Server {
	return stream.NewServer(&streamHandler{}, options...)
}

// streamHandler sends back every note, or fails if its text says so.
type streamHandler struct{}

func (*streamHandler) Converse(ctx context.Context, talk golden_stream.GoldenStream_ConverseServer) error {
	if err := talk.SetHeader(streaming.Header{"opened_by": "golden"}); err != nil {
		return err
	}
	if err := talk.SetTrailer(streaming.Trailer{"closed_by": "golden"}); err != nil {
		return err
	}
	for {
		note, err := talk.Recv(ctx)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case note.Text == "error":
			return errors.New("failed as asked")
		case note.Text == "biz":
			return kerrors.NewBizStatusErrorWithExtra(1234, "no such note, 没有", map[string]string{"field": "number"})
		}
		if err := talk.Send(ctx, note); err != nil {
			return err
		}
	}
}

func (*streamHandler) Collect(ctx context.Context, talk golden_stream.GoldenStream_CollectServer) error {
	last := &golden_stream.Note{}
	for {
		note, err := talk.Recv(ctx)
		if err == io.EOF {
			return talk.SendAndClose(ctx, last)
		}
		if err != nil {
			return err
		}
		last = note
	}
}

func (*streamHandler) Count(ctx context.Context, upTo *golden_stream.Note, talk golden_stream.GoldenStream_CountServer) error {
	for number := int32(1); number <= upTo.Number; number++ {
		if err := talk.Send(ctx, &golden_stream.Note{Number: number, Text: upTo.Text}); err != nil {
			return err
		}
	}
	return nil
}
