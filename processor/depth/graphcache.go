package depth

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// graphCache keeps, in one folder, the graphs ONNX Runtime made of models for
// one working size: loading them skips the optimisation. They hold the weights
// it rearranged and refer to the model's file for the rest, so they are small.
// The empty value keeps nothing. Several processes may share the folder: files
// appear whole, under their final name, and are checked when read.
type graphCache struct {
	dir     string
	runtime string // version of ONNX Runtime
	limit   int64  // bytes in the folder, 0 for graphCacheLimit
}

const (
	graphCacheLimit = 512 << 20
	graphSuffix     = ".graph"
	graphPartial    = ".partial"
	graphMagic      = "spatialmaker graph 1\n"
	graphHead       = len(graphMagic) + 4 // then the CRC-32C of what follows
	partialAge      = time.Hour           // an older partial file was left by a crash
	sampledBlocks   = 64                  // of a model's file, for its key
	sampledBytes    = 4 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// key names the graph that belongs to a model's content, working size, thread
// count, runtime and processor. The size is in graph, and so are all nodes and
// the places of all weights. The weights themselves may be gigabytes: their
// file's size and time and blocks spread over it stand for them.
func (c graphCache) key(model string, graph []byte, threads int) string {
	if c.dir == "" {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s|%s|%s|%d|", graphMagic, c.runtime, processorName(), threads)
	h.Write(graph)
	f, err := os.Open(model)
	if err != nil {
		return ""
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return ""
	}
	fmt.Fprintf(h, "|%d|%d|", st.Size(), st.ModTime().UnixNano())
	block := make([]byte, sampledBytes)
	step := max(st.Size()/sampledBlocks, sampledBytes)
	for at := int64(0); at < st.Size(); at += step {
		n, _ := f.ReadAt(block, at) // a short block at the end is as good
		h.Write(block[:n])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (c graphCache) file(key string) string { return filepath.Join(c.dir, key+graphSuffix) }

var errNoGraph = errors.New("no such graph in the cache")

// load returns a graph. A damaged file is removed.
func (c graphCache) load(key string) ([]byte, error) {
	if key == "" {
		return nil, errNoGraph
	}
	path := c.file(key)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(data) < graphHead || string(data[:len(graphMagic)]) != graphMagic ||
		binary.LittleEndian.Uint32(data[len(graphMagic):]) != crc32.Checksum(data[graphHead:], castagnoli) {
		c.drop(key)
		return nil, fmt.Errorf("%s is damaged: %w", path, errNoGraph)
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // only the order of eviction depends on it
	return data[graphHead:], nil
}

// drop removes a graph.
func (c graphCache) drop(key string) {
	if key != "" {
		_ = os.Remove(c.file(key)) // what cannot be removed is found damaged again
	}
}

// reserve returns a file name for ONNX Runtime to write to, or "" when nothing
// can be kept.
func (c graphCache) reserve(key string) string {
	if key == "" || os.MkdirAll(c.dir, 0o755) != nil {
		return ""
	}
	f, err := os.CreateTemp(c.dir, "*"+graphPartial)
	if err != nil {
		return ""
	}
	name := f.Name()
	if f.Close() != nil {
		return ""
	}
	return name
}

// keep turns what was written to the reserved file into the cached graph.
// A cache that cannot be written is no error: the next start is only slower.
func (c graphCache) keep(key, reserved string) {
	if reserved == "" {
		return
	}
	defer os.Remove(reserved)
	graph, err := os.ReadFile(reserved)
	if err != nil || len(graph) == 0 {
		return
	}
	head := binary.LittleEndian.AppendUint32([]byte(graphMagic), crc32.Checksum(graph, castagnoli))
	f, err := os.CreateTemp(c.dir, "*"+graphPartial)
	if err != nil {
		return
	}
	defer os.Remove(f.Name()) // gone after the rename
	_, err = f.Write(slices.Concat(head, graph))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil && os.Rename(f.Name(), c.file(key)) == nil {
		c.trim(key)
	}
}

// trim removes the graphs used longest ago until the folder keeps its limit,
// and partial files that a crash left.
func (c graphCache) trim(newest string) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	limit, total := c.limit, int64(0)
	if limit == 0 {
		limit = graphCacheLimit
	}
	var graphs []fs.FileInfo
	for _, e := range entries {
		st, err := e.Info()
		if err != nil {
			continue // removed by another process
		}
		switch {
		case strings.HasSuffix(e.Name(), graphPartial):
			if time.Since(st.ModTime()) > partialAge {
				_ = os.Remove(filepath.Join(c.dir, e.Name()))
			}
		case strings.HasSuffix(e.Name(), graphSuffix):
			graphs = append(graphs, st)
			total += st.Size()
		}
	}
	slices.SortFunc(graphs, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, g := range graphs {
		if total <= limit {
			return
		}
		if g.Name() != newest+graphSuffix && os.Remove(filepath.Join(c.dir, g.Name())) == nil {
			total -= g.Size()
		}
	}
}

// cpuInfoKeys are the lines of /proc/cpuinfo that tell processors apart.
var cpuInfoKeys = [][]byte{[]byte("model name"), []byte("flags"), []byte("Features"), []byte("CPU part")}

// describeCPU picks those lines, once each.
func describeCPU(info []byte) string {
	var b strings.Builder
	for _, key := range cpuInfoKeys {
		for line := range bytes.Lines(info) {
			if bytes.HasPrefix(line, key) {
				b.Write(line)
				break
			}
		}
	}
	return b.String()
}
