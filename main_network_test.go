package main

import (
	"encoding/binary"
	"math"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"spatialmaker/processor/protoscan/prototest"
)

type message = prototest.Message

// network FILE KIND writes an ONNX model of a few hundred bytes. "mean" answers
// with the mean of the picture's colours, as a depth network's signature has
// it, and "integer" with the same computed in whole numbers; the others go wrong
// in the way of their name.
func network(ts *testscript.TestScript, _ bool, args []string) {
	kinds := map[string]func() message{
		"mean":    func() message { return model(1, depthDims, mean("y")) },
		"integer": integerMean,
		"nan": func() message {
			return model(1, depthDims, mean("m"), operator("Sub", "m m", "z"), operator("Div", "z z", "y"))
		},
		"constant": func() message { return model(1, depthDims, mean("m"), operator("Sub", "m m", "y")) },
		"swapped": func() message { // rows for columns
			return model(1, depthDims, mean("m"), operator("Transpose", "m", "y", ints("perm", 0, 2, 1)))
		},
		"classes":  func() message { return model(1, []any{1, 1000}, mean("y")) },
		"picture":  func() message { return model(1, []any{1, 3, "h", "w"}, operator("Relu", "x", "y")) },
		"whole":    func() message { return model(7, depthDims, mean("m"), operator("Cast", "m", "y", number("to", 7))) },
		"operator": func() message { return model(1, depthDims, operator("Levitate", "x", "y")) },
	}
	make, ok := kinds[args[1]]
	if !ok {
		ts.Fatalf("network: no kind %q", args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), make(), 0o600))
}

var depthDims = []any{1, "h", "w"}

// model is a ModelProto of nodes from "x", a picture of any size, to "y".
func model(elem uint64, dims []any, nodes ...message) message {
	return modelOf(elem, dims, nil, nodes...)
}

func modelOf(elem uint64, dims []any, weights []message, nodes ...message) message {
	graph := message{}
	for _, n := range nodes {
		graph = graph.Msg(1, n)
	}
	graph = graph.Str(2, "g")
	for _, w := range weights {
		graph = graph.Msg(5, w)
	}
	graph = graph.Msg(11, prototest.Tensor("x", 1, 1, 3, "h", "w")).Msg(12, prototest.Tensor("y", elem, dims...))
	return message{}.Num(1, 8).Msg(7, graph).Msg(8, message{}.Num(2, 13))
}

// operator is a NodeProto; in and out are names parted by spaces.
func operator(op, in, out string, attributes ...message) message {
	n := message{}
	for _, s := range strings.Fields(in) {
		n = n.Str(1, s)
	}
	for _, s := range strings.Fields(out) {
		n = n.Str(2, s)
	}
	n = n.Str(4, op)
	for _, a := range attributes {
		n = n.Msg(5, a)
	}
	return n
}

// AttributeProto's types.
const (
	attributeInt  = 2
	attributeInts = 7
)

func number(name string, v uint64) message {
	return message{}.Str(1, name).Num(3, v).Num(20, attributeInt)
}

func ints(name string, v ...uint64) message {
	a := message{}.Str(1, name)
	for _, x := range v {
		a = a.Num(8, x)
	}
	return a.Num(20, attributeInts)
}

func mean(out string) message {
	return operator("ReduceMean", "x", out, ints("axes", 1), number("keepdims", 0))
}

// integerMean multiplies the colours by a third as quantised models do: the
// picture becomes bytes with a scale of its own, the product is of whole numbers.
func integerMean() message {
	third := message{}.Num(1, 3).Num(1, 1).Num(2, 3).Str(8, "thirds").Str(9, "\x01\x01\x01") // int8 [3,1]
	scale := make([]byte, 4)
	binary.LittleEndian.PutUint32(scale, math.Float32bits(1.0/3))
	by := message{}.Num(2, 1).Str(8, "scale").Str(9, string(scale))                                 // float32, a number alone
	axis := message{}.Num(1, 1).Num(2, 7).Str(8, "axis").Str(9, "\xff\xff\xff\xff\xff\xff\xff\xff") // int64 [1], the last
	return modelOf(
		1, depthDims, []message{third, by, axis},
		operator("Transpose", "x", "t", ints("perm", 0, 2, 3, 1)),
		operator("DynamicQuantizeLinear", "t", "q s z"),
		operator("MatMulInteger", "q thirds z", "p"),
		operator("Cast", "p", "f", number("to", 1)),
		operator("Mul", "s scale", "u"),
		operator("Mul", "f u", "v"),
		operator("Squeeze", "v axis", "y"),
	)
}
