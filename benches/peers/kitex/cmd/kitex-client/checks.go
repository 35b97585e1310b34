package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/remote"
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
	{"business-status", checkBusinessStatus},
	{"handler-panic", func(d dialect) error { return checkHandlerFails(d, "panic", "panic") }},
	{"1-mib", func(d dialect) error { return checkLarge(d, 1<<20) }},
	{"4-mib", func(d dialect) error { return checkLarge(d, 4<<20) }},
	{"concurrent", checkConcurrent},
	{"in-flight", checkInFlight},
}

func checkEcho(d dialect) error {
	client := d.payload.client(d.options(newCountingDialer()))
	for _, text := range texts {
		if err := echoOnce(context.Background(), client, text); err != nil {
			return err
		}
	}
	return nil
}

func checkEchoComplex(d dialect) error {
	return d.payload.client(d.options(newCountingDialer())).echoComplex(context.Background())
}

// checkMetadata sends metadata of every kind along; a server that ignores it must still answer.
func checkMetadata(d dialect) error {
	if !d.carriesServiceName() {
		return skipped("no place for metadata in this protocol")
	}
	ctx := metainfo.WithPersistentValue(context.Background(), "TRACE", "一二三")
	ctx = metainfo.WithValue(ctx, "HOP", strings.Repeat("v", 1000))
	client := d.payload.client(d.options(newCountingDialer()))
	return echoOnce(ctx, client, "with metadata")
}

func checkUnknownMethod(d dialect) error {
	return checkUnroutable(d, d.unknownMethodType, d.payload.missing)
}

func checkUnknownService(d dialect) error {
	if !d.carriesServiceName() {
		return skipped("no service name in this protocol")
	}
	return checkUnroutable(d, typeUnknownService, d.payload.stranger)
}

// checkUnroutable checks the exception's type and what becomes of the connection after it.
func checkUnroutable(d dialect, typeID int32, call func([]client.Option) error) error {
	dialer := newCountingDialer()
	options := d.optionsOneConnection(dialer)
	known := d.payload.client(options)
	if err := echoOnce(context.Background(), known, "before"); err != nil {
		return err
	}
	if err := wantException(call(options), typeID, "unknown"); err != nil {
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
	client := d.payload.client(d.optionsOneConnection(dialer))
	for round := 0; round < 3; round++ {
		_, _, err := client.echo(context.Background(), action, "refuse me")
		if err := wantException(err, typeInternalError, reason); err != nil {
			return err
		}
		if err := echoOnce(context.Background(), client, "after"); err != nil {
			return fmt.Errorf("the connection was not kept: %w", err)
		}
	}
	return wantOneConnection(dialer)
}

// checkBusinessStatus is refused by the application: a normal reply, with the reason in its header.
func checkBusinessStatus(d dialect) error {
	if !d.carriesServiceName() {
		return skipped("no place for a business status in this protocol")
	}
	dialer := newCountingDialer()
	client := d.payload.client(d.optionsOneConnection(dialer))
	_, _, err := client.echo(context.Background(), "biz", "refuse me")
	status, found := kerrors.FromBizStatusError(err)
	if !found || status.BizStatusCode() != 404 || status.BizMessage() != "no such bird" || status.BizExtra()["bird"] != "dodo" {
		return fmt.Errorf("wanted business status 404, got %v", err)
	}
	if err := echoOnce(context.Background(), client, "after"); err != nil {
		return fmt.Errorf("the connection was not kept: %w", err)
	}
	return wantOneConnection(dialer)
}

func checkLarge(d dialect, bytes int) error {
	client := d.payload.client(d.options(newCountingDialer()))
	text := strings.Repeat("0123456789abcdef", bytes/16)
	for round := 0; round < 3; round++ {
		if err := echoOnce(context.Background(), client, text); err != nil {
			return err
		}
	}
	return nil
}

func checkConcurrent(d dialect) error {
	client := d.payload.client(d.options(newCountingDialer()))
	return hammer(client, 64, 50)
}

// checkInFlight keeps hundreds of calls on the way on one connection and matches every reply to its call.
func checkInFlight(d dialect) error {
	if !d.mux {
		return skipped("one call at a time on a connection in this protocol")
	}
	dialer := newCountingDialer()
	client := d.payload.client(d.options(dialer))
	if err := echoOnce(context.Background(), client, "warm"); err != nil {
		return err
	}
	if err := hammer(client, 500, 20); err != nil {
		return err
	}
	return wantOneConnection(dialer)
}

// hammer calls from many goroutines at once, each with contents of its own.
func hammer(client echoer, callers, rounds int) error {
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

func echoOnce(ctx context.Context, client echoer, text string) error {
	gotAction, gotText, err := client.echo(ctx, "echo", text)
	if err != nil {
		return fmt.Errorf("echo of %d bytes: %w", len(text), err)
	}
	if gotAction != "echo" || gotText != text {
		return fmt.Errorf("echo of %d bytes came back as %q with %d bytes", len(text), gotAction, len(gotText))
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
