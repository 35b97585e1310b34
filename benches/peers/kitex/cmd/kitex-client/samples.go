package main

import (
	"strings"

	"kittiwake/peers/gen/kitex_gen/echo"
)

// texts are the contents that break careless codecs: nothing, controls and NUL, every UTF-8 length, sizes around the
// 4096 bytes from which Kitex sends by reference and around a 64 KiB block.
var texts = []string{
	"",
	"hello",
	"\x00\x01\x02\x7f\r\n\t",
	"ÄÖÜ ß, 你好世界, 🐦🌊",
	"\u0000\u07ff\uffff\U0010ffff",
	strings.Repeat("a", 4095),
	strings.Repeat("b", 4096),
	strings.Repeat("c", 65535),
	strings.Repeat("🐦", 50_000),
}

func complexResponse() *echo.ComplexResponse {
	return &echo.ComplexResponse{
		Action: "echo",
		Msg:    "complex ÄÖÜ 你好",
		MsgMap: map[string]*echo.SubMessage{"": subMessage(0, ""), "one": subMessage(-1, "eins"), "two": {}},
		SubMsgs: []*echo.SubMessage{
			subMessage(1<<62, strings.Repeat("s", 5000)), {}, subMessage(-1<<63, "last"),
		},
		MsgSet:  []*echo.Message{message(1, "a"), message(2, "b")},
		FlagMsg: message(7, "flag"),
	}
}

func emptyComplexResponse() *echo.ComplexResponse {
	return &echo.ComplexResponse{
		MsgMap:  map[string]*echo.SubMessage{},
		SubMsgs: []*echo.SubMessage{},
		FlagMsg: &echo.Message{},
	}
}

func subMessage(id int64, value string) *echo.SubMessage {
	return &echo.SubMessage{Id: &id, Value: &value}
}

func message(id int64, value string) *echo.Message {
	return &echo.Message{Id: &id, Value: &value, SubMessages: []*echo.SubMessage{subMessage(id+1, value+value)}}
}
