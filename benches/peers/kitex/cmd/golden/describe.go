package main

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/cloudwego/gopkg/protocol/ttheader"
	"github.com/cloudwego/kitex/pkg/remote/codec"
)

// describe writes the frames of one direction as text: per frame what Kitex's own decoders read in it, then its bytes.
func describe(stream []byte) (string, error) {
	if len(stream) == 0 {
		return "", fmt.Errorf("nothing was sent")
	}
	var text strings.Builder
	for len(stream) > 0 {
		length, err := frameLength(stream)
		if err != nil {
			return "", err
		}
		if text.Len() > 0 {
			text.WriteString("\n")
		}
		if err := describeFrame(&text, stream[:length]); err != nil {
			return "", err
		}
		stream = stream[length:]
	}
	return text.String(), nil
}

// frameLength is the length of the first frame. A buffered message carries none: it is alone on its connection.
func frameLength(stream []byte) (int, error) {
	if len(stream) < 8 {
		return 0, fmt.Errorf("%d bytes are too short for a frame", len(stream))
	}
	if isMagic(stream, codec.ThriftV1Magic) {
		return len(stream), nil
	}
	length := 4 + int(binary.BigEndian.Uint32(stream))
	if length > len(stream) {
		return 0, fmt.Errorf("a frame of %d bytes ends after %d", length, len(stream))
	}
	return length, nil
}

func describeFrame(text *strings.Builder, frame []byte) error {
	facts := []fact{{"frame.bytes", fmt.Sprint(len(frame))}}
	payload, streaming := frame, false
	if ttheader.IsTTHeader(frame) {
		header, err := ttheader.DecodeFromBytes(context.Background(), frame)
		if err != nil {
			return err
		}
		facts = append(facts, headerFacts(header)...)
		payload, streaming = frame[header.HeaderLen:], header.Flags&ttheader.HeaderFlagsStreaming != 0
	}
	// A frame of a stream carries a bare struct, an exception's message or nothing.
	if streaming && !isMagic(payload, codec.ThriftV1Magic) {
		facts = append(facts, fact{"stream.payload_bytes", fmt.Sprint(len(payload))})
	} else {
		found, err := payloadFacts(payload)
		if err != nil {
			return err
		}
		facts = append(facts, found...)
	}
	for _, fact := range facts {
		if strings.ContainsAny(fact.value, "\r\n") {
			return fmt.Errorf("the value of %s does not fit on a line: %q", fact.name, fact.value)
		}
		fmt.Fprintf(text, "# %s: %s\n", fact.name, fact.value)
	}
	for at := 0; at < len(frame); at += bytesPerLine {
		text.WriteString(hex.EncodeToString(frame[at:min(at+bytesPerLine, len(frame))]) + "\n")
	}
	return nil
}

func headerFacts(header ttheader.DecodeParam) []fact {
	facts := []fact{
		{"ttheader.flags", fmt.Sprint(uint16(header.Flags))},
		{"ttheader.seq_id", fmt.Sprint(header.SeqID)},
		{"ttheader.protocol_id", fmt.Sprint(uint8(header.ProtocolID))},
		{"ttheader.header_bytes", fmt.Sprint(header.HeaderLen)},
	}
	var pairs []fact
	for key, value := range header.IntInfo {
		pairs = append(pairs, fact{fmt.Sprintf("ttheader.int.%d", key), value})
	}
	for key, value := range header.StrInfo {
		pairs = append(pairs, fact{"ttheader.str." + key, value})
	}
	sort.Slice(pairs, func(i, j int) bool { return pairs[i].name < pairs[j].name })
	return append(facts, pairs...)
}

// payloadFacts reads the message head, behind a length when the payload is framed.
func payloadFacts(payload []byte) ([]fact, error) {
	var facts []fact
	if !isMagic(payload, codec.ThriftV1Magic) {
		if len(payload) < 8 {
			return nil, fmt.Errorf("no message in %x", payload)
		}
		facts = append(facts, fact{"framed.bytes", fmt.Sprint(binary.BigEndian.Uint32(payload))})
		payload = payload[4:]
	}
	format, kindAndMagic := "thrift-binary", binary.BigEndian.Uint32(payload)
	if isMagic(payload, codec.ProtobufV1Magic) {
		format = "kitex-protobuf"
		// The two heads differ in nothing but the magic.
		payload = append(binary.BigEndian.AppendUint32(nil, codec.ThriftV1Magic|kindAndMagic&0xffff), payload[4:]...)
	}
	name, kind, seqID, length, err := thrift.Binary.ReadMessageBegin(payload)
	if err != nil {
		return nil, err
	}
	facts = append(facts,
		fact{"message.format", format},
		fact{"message.name", name},
		fact{"message.kind", fmt.Sprint(int32(kind))},
		fact{"message.seq_id", fmt.Sprint(seqID)},
		fact{"message.head_bytes", fmt.Sprint(length)})
	if format == "thrift-binary" && kind == thrift.EXCEPTION {
		exception := thrift.NewApplicationException(0, "")
		if _, err := exception.FastRead(payload[length:]); err != nil {
			return nil, err
		}
		facts = append(facts,
			fact{"exception.type", fmt.Sprint(exception.TypeID())},
			fact{"exception.message", exception.Msg()})
	}
	return facts, nil
}

func isMagic(bytes []byte, magic uint32) bool {
	return len(bytes) >= 4 && binary.BigEndian.Uint32(bytes)&codec.MagicMask == magic
}

// fact is one line above the bytes of a frame.
type fact struct {
	name, value string
}

const bytesPerLine = 32
