//go:build tools

// Package tools pins the code generator to the version of Kitex that the peers link.
package tools

import (
	_ "github.com/cloudwego/kitex/tool/cmd/kitex"
)
