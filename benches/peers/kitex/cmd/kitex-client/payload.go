package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/endpoint"
	"github.com/cloudwego/kitex/pkg/rpcinfo"
	"github.com/cloudwego/kitex/transport"

	"kittiwake/peers/gen/kitex_gen/echo"
	"kittiwake/peers/gen/kitex_gen/echo/echoserver"
	"kittiwake/peers/gen/kitex_gen/echopb"
	echopbservice "kittiwake/peers/gen/kitex_gen/echopb/echopb"
	wider "kittiwake/peers/gen/kitex_gen/unknown_method/echoserver"
	"kittiwake/peers/gen/kitex_gen/unknown_service/stranger"
	"kittiwake/peers/gen/kitex_gen/unknownpb"
	widerpb "kittiwake/peers/gen/kitex_gen/unknownpb/echopb"
	strangerpb "kittiwake/peers/gen/kitex_gen/unknownpb/stranger"
)

// payload is the language of the messages, and with it the service that is called.
type payload interface {
	// client makes a client of the echo service.
	client(options []client.Option) echoer
	// missing calls a method that the echo service does not have.
	missing(options []client.Option) error
	// stranger calls a service that no server carries.
	stranger(options []client.Option) error
}

// echoer is a client of an echo service.
type echoer interface {
	// echo sends a short text and returns what came back.
	echo(ctx context.Context, action, text string) (gotAction, gotText string, err error)
	// echoComplex sends messages of every kind and compares what comes back.
	echoComplex(ctx context.Context) error
}

func newPayload(name string) (payload, error) {
	switch name {
	case "thrift":
		return thriftPayload{}, nil
	case "protobuf":
		return protobufPayload{}, nil
	}
	return nil, fmt.Errorf("unknown payload %q: choose thrift or protobuf", name)
}

type thriftPayload struct{}

func (thriftPayload) client(options []client.Option) echoer {
	return thriftEchoer{echoserver.MustNewClient("EchoServer", options...)}
}

func (thriftPayload) missing(options []client.Option) error {
	_, err := wider.MustNewClient("EchoServer", options...).Missing(context.Background(), "text")
	return err
}

func (thriftPayload) stranger(options []client.Option) error {
	_, err := stranger.MustNewClient("Stranger", options...).Missing(context.Background(), "text")
	return err
}

type thriftEchoer struct{ echoserver.Client }

func (e thriftEchoer) echo(ctx context.Context, action, text string) (string, string, error) {
	response, err := e.Echo(ctx, &echo.Request{Action: action, Msg: text})
	if err != nil {
		return "", "", err
	}
	return response.Action, response.Msg, nil
}

func (e thriftEchoer) echoComplex(ctx context.Context) error {
	for _, want := range []*echo.ComplexResponse{complexResponse(), emptyComplexResponse()} {
		response, err := e.EchoComplex(ctx, &echo.ComplexRequest{
			Action:  want.Action,
			Msg:     want.Msg,
			MsgMap:  want.MsgMap,
			SubMsgs: want.SubMsgs,
			MsgSet:  want.MsgSet,
			FlagMsg: want.FlagMsg,
		})
		if err != nil {
			return err
		}
		// A set has no order.
		sort.Slice(response.MsgSet, func(i, j int) bool { return response.MsgSet[i].GetId() < response.MsgSet[j].GetId() })
		if err := wantEqual(response, want); err != nil {
			return err
		}
	}
	return nil
}

type protobufPayload struct{}

func (protobufPayload) client(options []client.Option) echoer {
	return protobufEchoer{echopbservice.MustNewClient("EchoPb", options...)}
}

func (protobufPayload) missing(options []client.Option) error {
	_, err := widerpb.MustNewClient("EchoPb", options...).Missing(context.Background(), &unknownpb.Text{Text: "text"})
	return err
}

func (protobufPayload) stranger(options []client.Option) error {
	_, err := strangerpb.MustNewClient("Stranger", options...).Missing(context.Background(), &unknownpb.Text{Text: "text"})
	return err
}

type protobufEchoer struct{ echopbservice.Client }

func (e protobufEchoer) echo(ctx context.Context, action, text string) (string, string, error) {
	response, err := e.Send(ctx, &echopb.Request{Action: action, Msg: text})
	if err != nil {
		return "", "", err
	}
	return response.Action, response.Msg, nil
}

func (e protobufEchoer) echoComplex(ctx context.Context) error {
	for _, want := range complexMessages() {
		response, err := e.SendComplex(ctx, want)
		if err != nil {
			return err
		}
		if err := wantEqual(response, want); err != nil {
			return err
		}
	}
	return nil
}

func wantEqual(got, want interface{}) error {
	if !reflect.DeepEqual(got, want) {
		text, _ := json.Marshal(got)
		return fmt.Errorf("came back as %s", text)
	}
	return nil
}

// insist sends calls in this protocol. Kitex makes every protobuf client one of TTHeader with a framed message.
func insist(protocol transport.Protocol) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request, response interface{}) error {
			config := rpcinfo.AsMutableRPCConfig(rpcinfo.GetRPCInfo(ctx).Config())
			// Protocols add up: PurePayload starts from nothing.
			for _, each := range []transport.Protocol{transport.PurePayload, protocol} {
				if err := config.SetTransportProtocol(each); err != nil {
					return err
				}
			}
			return next(ctx, request, response)
		}
	}
}
