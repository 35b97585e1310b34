// Command golden has a Kitex client talk to a Kitex server and writes down every frame that passes between them.
//
// Each scenario is one connection through a tap. What Kitex's own decoder reads in a frame is written above its bytes,
// so that a test of another codec can compare without trusting itself.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/bytedance/gopkg/util/logger"
	"github.com/cloudwego/kitex/pkg/klog"

	"kittiwake/peers/kitex/internal/tap"
)

func main() {
	out := flag.String("out", "", "folder for the frames")
	flag.Parse()
	if err := capture(*out); err != nil {
		fmt.Fprintln(os.Stderr, "golden:", err)
		os.Exit(1)
	}
}

func capture(out string) error {
	if out == "" {
		return fmt.Errorf("--out is missing")
	}
	klog.SetLevel(klog.LevelFatal)
	// The client of Kitex v0.16.1 panics, inside its goroutine pool, on the control frame of scenario `mux`.
	logger.SetLevel(logger.LevelFatal)
	for _, scenario := range append(scenarios, streamScenarios...) {
		sent, answered, err := play(scenario)
		if err != nil {
			return fmt.Errorf("%s: %w", scenario.name, err)
		}
		if err := write(out, scenario.name+".request.hex", sent); err != nil {
			return err
		}
		if scenario.oneway {
			continue
		}
		if err := write(out, scenario.name+".reply.hex", answered); err != nil {
			return err
		}
	}
	return nil
}

// play runs one scenario against a server of its own and returns the bytes of both directions.
func play(scenario scenario) (sent, answered []byte, err error) {
	address, stop, err := start(scenario.server, scenario.serverOptions)
	if err != nil {
		return nil, nil, err
	}
	wire, err := tap.Open(address)
	if err != nil {
		return nil, nil, err
	}
	if err := scenario.call(wire.Address(), stop); err != nil {
		return nil, nil, err
	}
	sent, answered, err = wire.Wait()
	stop()
	return sent, answered, err
}

// write puts the frames of one direction into a file; a name with a slash is in a folder.
func write(folder, name string, stream []byte) error {
	text, err := describe(stream)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
