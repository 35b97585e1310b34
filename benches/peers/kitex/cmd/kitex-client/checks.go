package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"sync"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/pkg/remote"

	"kittiwake/peers/gen/kitex_gen/echo"
	"kittiwake/peers/gen/kitex_gen/echo/echoserver"
	wider "kittiwake/peers/gen/kitex_gen/unknown_method/echoserver"
	"kittiwake/peers/gen/kitex_gen/unknown_service/stranger"
)

var checks = []struct {
	name string
	run  func(dialect) error
}{
	{"echo", checkEcho},
	{"echo-complex", checkEchoComplex},
	{"metadata", checkMetadata},
	{"unknown-method", checkUnknownMethod},
	{"unknown-service", checkUnknownService},
	{"handler-error", func(d dialect) error { return checkHandlerFails(d, "error", "biz error") }},
	{"handler-panic", func(d dialect) error { return checkHandlerFails(d, "panic", "panic") }},
	{"1-mib", func(d dialect) error { return checkLarge(d, 1<<20) }},
	{"4-mib", func(d dialect) error { return checkLarge(d, 4<<20) }},
	{"concurrent", checkConcurrent},
	{"in-flight", checkInFlight},
}

func checkEcho(d dialect) error {
	client := echoserver.MustNewClient(service, d.options(newCountingDialer())...)
	for _, text := range texts {
		if err := echoOnce(context.Background(), client, text); err != nil {
			return err
		}
	}
	return nil
}

func checkEchoComplex(d dialect) error {
	client := echoserver.MustNewClient(service, d.options(newCountingDialer())...)
	for _, want := range []*echo.ComplexResponse{complexResponse(), emptyComplexResponse()} {
		request := &echo.ComplexRequest{
			Action:  want.Action,
			Msg:     want.Msg,
			MsgMap:  want.MsgMap,
			SubMsgs: want.SubMsgs,
			MsgSet:  want.MsgSet,
			FlagMsg: want.FlagMsg,
		}
		response, err := client.EchoComplex(context.Background(), request)
		if err != nil {
			return err
		}
		// A set has no order.
		sort.Slice(response.MsgSet, func(i, j int) bool { return response.MsgSet[i].GetId() < response.MsgSet[j].GetId() })
		if !reflect.DeepEqual(response, want) {
			got, _ := json.Marshal(response)
			return fmt.Errorf("came back as %s", got)
		}
	}
	return nil
}

// checkMetadata sends metadata of every kind along; a server that ignores it must still answer.
func checkMetadata(d dialect) error {
	if !d.carriesServiceName() {
		return skipped("no place for metadata in this protocol")
	}
	ctx := metainfo.WithPersistentValue(context.Background(), "TRACE", "一二三")
	ctx = metainfo.WithValue(ctx, "HOP", strings.Repeat("v", 1000))
	client := echoserver.MustNewClient(service, d.options(newCountingDialer())...)
	return echoOnce(ctx, client, "with metadata")
}

func checkUnknownMethod(d dialect) error {
	dialer := newCountingDialer()
	options := d.optionsOneConnection(dialer)
	known, unknown := echoserver.MustNewClient(service, options...), wider.MustNewClient(service, options...)
	return checkUnroutable(d, dialer, known, d.unknownMethodType, func() error {
		_, err := unknown.Missing(context.Background(), "text")
		return err
	})
}

func checkUnknownService(d dialect) error {
	if !d.carriesServiceName() {
		return skipped("no service name in this protocol")
	}
	dialer := newCountingDialer()
	options := d.optionsOneConnection(dialer)
	known, unknown := echoserver.MustNewClient(service, options...), stranger.MustNewClient("Stranger", options...)
	return checkUnroutable(d, dialer, known, typeUnknownService, func() error {
		_, err := unknown.Missing(context.Background(), "text")
		return err
	})
}

// checkUnroutable checks the exception's type and what becomes of the connection after it.
func checkUnroutable(d dialect, dialer *countingDialer, known echoserver.Client, typeID int32, call func() error) error {
	if err := echoOnce(context.Background(), known, "before"); err != nil {
		return err
	}
	if err := wantException(call(), typeID, "unknown"); err != nil {
		return err
	}
	err := echoOnce(context.Background(), known, "after")
	if d.closesAfterUnknown {
		if err == nil {
			return fmt.Errorf("a call on the same connection succeeded; the server was thought to close it")
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("the connection was not kept: %w", err)
	}
	return wantOneConnection(dialer)
}

func checkHandlerFails(d dialect, action, reason string) error {
	dialer := newCountingDialer()
	client := echoserver.MustNewClient(service, d.optionsOneConnection(dialer)...)
	for round := 0; round < 3; round++ {
		_, err := client.Echo(context.Background(), &echo.Request{Action: action, Msg: "refuse me"})
		if err := wantException(err, typeInternalError, reason); err != nil {
			return err
		}
		if err := echoOnce(context.Background(), client, "after"); err != nil {
			return fmt.Errorf("the connection was not kept: %w", err)
		}
	}
	return wantOneConnection(dialer)
}

func checkLarge(d dialect, bytes int) error {
	client := echoserver.MustNewClient(service, d.options(newCountingDialer())...)
	text := strings.Repeat("0123456789abcdef", bytes/16)
	for round := 0; round < 3; round++ {
		if err := echoOnce(context.Background(), client, text); err != nil {
			return err
		}
	}
	return nil
}

func checkConcurrent(d dialect) error {
	client := echoserver.MustNewClient(service, d.options(newCountingDialer())...)
	return hammer(client, 64, 50)
}

// checkInFlight keeps hundreds of calls on the way on one connection and matches every reply to its call.
func checkInFlight(d dialect) error {
	if !d.mux {
		return skipped("one call at a time on a connection in this protocol")
	}
	dialer := newCountingDialer()
	client := echoserver.MustNewClient(service, d.options(dialer)...)
	if err := echoOnce(context.Background(), client, "warm"); err != nil {
		return err
	}
	if err := hammer(client, 500, 20); err != nil {
		return err
	}
	return wantOneConnection(dialer)
}

// hammer calls from many goroutines at once, each with contents of its own.
func hammer(client echoserver.Client, callers, rounds int) error {
	failures := make(chan error, callers)
	var running sync.WaitGroup
	for caller := 0; caller < callers; caller++ {
		running.Add(1)
		go func(caller int) {
			defer running.Done()
			for round := 0; round < rounds; round++ {
				text := fmt.Sprintf("%d of %d %s", round, caller, strings.Repeat("x", caller*7))
				if err := echoOnce(context.Background(), client, text); err != nil {
					failures <- err
					return
				}
			}
		}(caller)
	}
	running.Wait()
	close(failures)
	return <-failures
}

func echoOnce(ctx context.Context, client echoserver.Client, text string) error {
	response, err := client.Echo(ctx, &echo.Request{Action: "echo", Msg: text})
	if err != nil {
		return fmt.Errorf("echo of %d bytes: %w", len(text), err)
	}
	if response.Action != "echo" || response.Msg != text {
		return fmt.Errorf("echo of %d bytes came back as %q with %d bytes", len(text), response.Action, len(response.Msg))
	}
	return nil
}

func wantException(err error, typeID int32, reason string) error {
	var exception *remote.TransError
	if !errors.As(err, &exception) {
		return fmt.Errorf("wanted an exception of type %d, got %v", typeID, err)
	}
	if exception.TypeID() != typeID || !strings.Contains(exception.Error(), reason) {
		return fmt.Errorf("wanted an exception of type %d that says %q, got type %d: %v",
			typeID, reason, exception.TypeID(), exception)
	}
	return nil
}

// wantOneConnection proves that all calls of the clients that share dialer travelled on the same connection.
func wantOneConnection(dialer *countingDialer) error {
	if dials := dialer.dials.Load(); dials != 1 {
		return fmt.Errorf("wanted one connection, used %d", dials)
	}
	return nil
}

const service = "EchoServer"
