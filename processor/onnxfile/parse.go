package onnxfile

import (
	"fmt"
	"math"
	"slices"

	"spatialmaker/processor/protoscan"
)

// parser fills an Info from a ModelProto. Field numbers are those of
// onnx.proto (ONNX IR specification).
type parser struct {
	info    *Info
	graphs  int
	weights map[string]bool // names of the outermost graph's initializers
}

// text stores a string field; a field of another wire type is an error, as in
// every protocol buffer reader that knows the schema.
func text(f protoscan.Field, limit int, dst *string) error {
	if err := want(f, protoscan.Bytes); err != nil {
		return err
	}
	s, err := f.Text(limit)
	*dst = s
	return err
}

func want(f protoscan.Field, t protoscan.Type) error {
	if f.Type != t {
		return fmt.Errorf("field %d has wire type %d, not %d: %w", f.Number, f.Type, t, protoscan.ErrMalformed)
	}
	return nil
}

func number(f protoscan.Field, dst *int64) error {
	*dst = int64(f.Value)
	return want(f, protoscan.Varint)
}

func (p *parser) model(m protoscan.Message) error {
	return m.Each(func(f protoscan.Field) error {
		switch f.Number {
		case 1:
			return number(f, &p.info.IRVersion)
		case 2:
			return text(f, maxName, &p.info.Producer)
		case 3:
			return text(f, maxName, &p.info.ProducerVersion)
		case 7:
			if err := want(f, protoscan.Bytes); err != nil {
				return err
			}
			p.graphs++
			return p.graph(f.Message(), 0)
		case 8:
			return p.opset(f)
		case 14:
			return p.metadata(f)
		}
		return nil
	})
}

func (p *parser) opset(f protoscan.Field) error {
	if err := want(f, protoscan.Bytes); err != nil {
		return err
	}
	var domain string
	var version int64
	err := f.Message().Each(func(f protoscan.Field) error {
		switch f.Number {
		case 1:
			return text(f, maxName, &domain)
		case 2:
			return number(f, &version)
		}
		return nil
	})
	if domain == "" || domain == "ai.onnx" {
		p.info.Opset = version
	}
	return err
}

func (p *parser) metadata(f protoscan.Field) error {
	key, value, err := pair(f, maxMetaText)
	if err != nil || len(p.info.Metadata) >= maxMeta {
		return err
	}
	if p.info.Metadata == nil {
		p.info.Metadata = map[string]string{}
	}
	p.info.Metadata[key] = value
	return nil
}

// pair reads a StringStringEntryProto. A value beyond limit is left empty:
// some exporters store whole configurations, none of which matters here.
func pair(f protoscan.Field, limit int) (key, value string, err error) {
	if err := want(f, protoscan.Bytes); err != nil {
		return "", "", err
	}
	err = f.Message().Each(func(f protoscan.Field) error {
		switch {
		case f.Number == 1:
			return text(f, maxName, &key)
		case f.Number == 2 && f.Len() <= int64(limit):
			return text(f, limit, &value)
		}
		return nil
	})
	return key, value, err
}

func (p *parser) graph(m protoscan.Message, depth int) error {
	return m.Each(func(f protoscan.Field) error {
		switch f.Number {
		case 1, 5, 11, 12:
			if err := want(f, protoscan.Bytes); err != nil {
				return err
			}
		}
		switch {
		case f.Number == 1:
			p.info.Nodes++
			return p.node(f.Message(), depth)
		case f.Number == 5:
			return p.weight(f, depth == 0)
		case f.Number == 11 && depth == 0:
			return value(f, &p.info.Inputs)
		case f.Number == 12 && depth == 0:
			return value(f, &p.info.Outputs)
		}
		return nil
	})
}

// node looks into a node only for tensors and graphs held as attributes, which
// can name external files too.
func (p *parser) node(m protoscan.Message, depth int) error {
	return m.Each(func(f protoscan.Field) error {
		if f.Number != 5 || f.Type != protoscan.Bytes {
			return nil
		}
		return f.Message().Each(func(f protoscan.Field) error {
			switch {
			case f.Type != protoscan.Bytes:
				return nil
			case f.Number == 5 || f.Number == 10: // t, tensors
				return p.weight(f, false)
			case (f.Number == 6 || f.Number == 11) && depth < maxNesting: // g, graphs
				return p.graph(f.Message(), depth+1)
			}
			return nil
		})
	})
}

// weight reads a TensorProto's name and where its bytes lie, never the bytes.
func (p *parser) weight(f protoscan.Field, top bool) error {
	var name string
	var inside int64
	err := f.Message().Each(func(f protoscan.Field) error {
		switch {
		case f.Number == 8:
			return text(f, maxName, &name)
		case f.Number == 13:
			return p.external(f)
		case f.Type == protoscan.Bytes:
			inside += f.Len()
		}
		return nil
	})
	if err != nil || !top {
		return err
	}
	if p.weights == nil {
		p.weights = map[string]bool{}
	}
	if len(p.weights) >= maxWeights {
		return fmt.Errorf("more than %d weights: %w", maxWeights, protoscan.ErrTooMany)
	}
	p.weights[name] = true
	p.info.Weights++
	p.info.WeightBytes += inside
	return nil
}

func (p *parser) external(f protoscan.Field) error {
	key, value, err := pair(f, maxName)
	if err != nil || key != "location" || slices.Contains(p.info.External, value) {
		return err
	}
	if len(p.info.External) >= maxExternal {
		return fmt.Errorf("more than %d weight files: %w", maxExternal, protoscan.ErrTooMany)
	}
	p.info.External = append(p.info.External, value)
	return nil
}

// value reads a ValueInfoProto.
func value(f protoscan.Field, dst *[]Value) error {
	if len(*dst) >= maxValues {
		return fmt.Errorf("more than %d inputs or outputs: %w", maxValues, protoscan.ErrTooMany)
	}
	var v Value
	err := f.Message().Each(func(f protoscan.Field) error {
		switch f.Number {
		case 1:
			return text(f, maxName, &v.Name)
		case 2:
			if err := want(f, protoscan.Bytes); err != nil {
				return err
			}
			return f.Message().Each(func(f protoscan.Field) error {
				if f.Number != 1 || f.Type != protoscan.Bytes {
					return nil
				}
				v.Tensor = true
				return tensorType(f.Message(), &v)
			})
		}
		return nil
	})
	*dst = append(*dst, v)
	return err
}

// tensorType reads a TypeProto.Tensor.
func tensorType(m protoscan.Message, v *Value) error {
	return m.Each(func(f protoscan.Field) error {
		switch f.Number {
		case 1:
			var n int64
			err := number(f, &n)
			if n < 0 || n > math.MaxInt32 {
				n = 0
			}
			v.Elem = ElemType(n)
			return err
		case 2:
			if err := want(f, protoscan.Bytes); err != nil {
				return err
			}
			v.Ranked = true
			return f.Message().Each(func(f protoscan.Field) error {
				if f.Number != 1 {
					return nil
				}
				return dim(f, v)
			})
		}
		return nil
	})
}

func dim(f protoscan.Field, v *Value) error {
	if err := want(f, protoscan.Bytes); err != nil {
		return err
	}
	if len(v.Dims) >= maxDims {
		return fmt.Errorf("%s: more than %d dimensions: %w", v.Name, maxDims, protoscan.ErrTooMany)
	}
	d := Dim{Value: -1}
	err := f.Message().Each(func(f protoscan.Field) error {
		switch f.Number {
		case 1:
			return number(f, &d.Value)
		case 2:
			return text(f, maxName, &d.Name)
		}
		return nil
	})
	if d.Value < 0 {
		d.Value = -1
	}
	v.Dims = append(v.Dims, d)
	return err
}
