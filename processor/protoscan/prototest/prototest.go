// Package prototest builds protocol buffer messages and small ONNX and Core ML
// files for tests.
package prototest

// Message is an encoded message; its methods append a field.
type Message []byte

func (m Message) varint(v uint64) Message {
	for ; v >= 0x80; v >>= 7 {
		m = append(m, byte(v)|0x80)
	}
	return append(m, byte(v))
}

// Key appends a field's number and wire type only.
func (m Message) Key(field int, wire uint64) Message { return m.varint(uint64(field)<<3 | wire) }

// Raw appends a varint without a key.
func (m Message) Raw(v uint64) Message { return m.varint(v) }

// Num appends a number.
func (m Message) Num(field int, v uint64) Message { return m.Key(field, 0).varint(v) }

// Str appends a string.
func (m Message) Str(field int, s string) Message {
	return append(m.Key(field, 2).varint(uint64(len(s))), s...)
}

// Msg appends a message.
func (m Message) Msg(field int, sub Message) Message { return m.Str(field, string(sub)) }

// Tensor is a ValueInfoProto of ONNX: dims are ints (fixed) or strings (named).
func Tensor(name string, elem uint64, dims ...any) Message {
	var shape Message
	for _, d := range dims {
		switch d := d.(type) {
		case int:
			shape = shape.Msg(1, Message{}.Num(1, uint64(d)))
		case string:
			shape = shape.Msg(1, Message{}.Str(2, d))
		}
	}
	return Message{}.Str(1, name).Msg(2, Message{}.Msg(1, Message{}.Num(1, elem).Msg(2, shape)))
}

// DepthONNX is an ONNX file with the signature of Depth Anything V2, holding
// the given weights, and naming an external weight file unless that is "".
func DepthONNX(weights []byte, external string) []byte {
	graph := Message{}.Msg(5, Message{}.Str(8, "w").Str(9, string(weights)))
	if external != "" {
		graph = graph.Msg(5, Message{}.Str(8, "x").Msg(13, Message{}.Str(1, "location").Str(2, external)))
	}
	graph = graph.
		Msg(11, Tensor("pixel_values", 1, "batch", 3, "height", "width")).
		Msg(12, Tensor("predicted_depth", 1, "batch", "height", "width"))
	return Message{}.Num(1, 8).Str(2, "prototest").Msg(7, graph).Msg(8, Message{}.Num(2, 17))
}

// DepthCoreML is a Core ML specification: an image of w x h in, "depth" out as
// a half-precision array or, with asImage, a half-precision grey picture.
func DepthCoreML(w, h uint64, asImage bool) []byte {
	in := Message{}.Str(1, "image").Msg(3, Message{}.Msg(4, Message{}.Num(1, w).Num(2, h).Num(3, 20)))
	kind := Message{}.Msg(5, Message{}.Msg(1, Message{}.Raw(1).Raw(h).Raw(w)).Num(2, 65552))
	if asImage {
		kind = Message{}.Msg(4, Message{}.Num(1, w).Num(2, h).Num(3, 40))
	}
	out := Message{}.Str(1, "depth").Msg(3, kind)
	return Message{}.Num(1, 8).Msg(2, Message{}.Msg(1, in).Msg(10, out))
}
