// Command kitex-client checks a server of EchoServer and EchoPb with Kitex's own client, one protocol per run.
//
// It prints `ok NAME`, `skipped NAME: why` or `FAILED NAME: why` per check and exits with 1 when one failed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/cloudwego/kitex/pkg/klog"
)

func main() {
	address := flag.String("addr", "", "HOST:PORT or unix:PATH of the server")
	protocol := flag.String("protocol", "framed", "buffered, framed, ttheader, ttheader-framed or mux")
	payload := flag.String("payload", "thrift", "thrift or protobuf")
	peer := flag.String("peer", "kittiwake", "whose manners the server is held to: kittiwake or kitex")
	flag.Parse()
	klog.SetLevel(klog.LevelFatal)
	dialect, err := newDialect(*address, *protocol, *payload, *peer)
	if err != nil {
		fmt.Fprintln(os.Stderr, "kitex-client:", err)
		os.Exit(2)
	}
	if !runChecks(dialect) {
		os.Exit(1)
	}
}

// runChecks runs every check, whatever became of the ones before it.
func runChecks(dialect dialect) bool {
	passed := true
	for _, check := range checks {
		err := check.run(dialect)
		var reason skipped
		switch {
		case err == nil:
			fmt.Println("ok", check.name)
		case errors.As(err, &reason):
			fmt.Printf("skipped %s: %s\n", check.name, reason)
		default:
			fmt.Printf("FAILED %s: %v\n", check.name, err)
			passed = false
		}
	}
	return passed
}

// skipped says why a check means nothing here.
type skipped string

func (reason skipped) Error() string { return string(reason) }
