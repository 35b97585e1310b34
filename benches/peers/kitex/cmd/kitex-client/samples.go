package main

import (
	"strings"

	"kittiwake/peers/gen/kitex_gen/echo"
	"kittiwake/peers/gen/kitex_gen/echopb"
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

// complexMessages have every field, some at their other end, and none. The field of a oneof is not empty: Kitex does not
// send one that is.
func complexMessages() []*echopb.Complex {
	maybe, empty := "maybe", ""
	return []*echopb.Complex{
		{
			Action:      "echo",
			Yes:         true,
			Plain:       -1 << 31,
			Zigzag:      -1 << 63,
			Natural:     1<<64 - 1,
			Fixed:       1<<32 - 1,
			Signed:      -1 << 63,
			Rough:       -2.5,
			Real:        -1e300,
			Raw:         []byte{0, 1, 254, 255},
			Subject:     echopb.Subject_FISH,
			Maybe:       &maybe,
			Note:        note(1, "Möwe, 海鸥, 🐦"),
			Notes:       []*echopb.Note{note(-1, strings.Repeat("n", 5000)), {}, note(1<<62, "last")},
			Numbers:     []int32{0, 1, -1, 1<<31 - 1, -1 << 31},
			Names:       []string{"a", "", "ö"},
			NotesByName: map[string]*echopb.Note{"": note(2, "two"), "none": {}},
			Subjects:    map[int32]echopb.Subject{-5: echopb.Subject_WEATHER, 0: echopb.Subject_NOTHING},
			Answer:      &echopb.Complex_Text{Text: "answer"},
		},
		{Plain: 1<<31 - 1, Zigzag: 1<<63 - 1, Maybe: &empty, Subject: 77, Answer: &echopb.Complex_Comment{Comment: note(3, "")}},
		{},
	}
}

func note(id int64, text string) *echopb.Note {
	return &echopb.Note{Id: id, Text: text}
}
