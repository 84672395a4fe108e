package media

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// A sandbox is one of the codecs that gen2brain's packages carry as
// WebAssembly. They are run here rather than through those packages' own
// functions, because these return samples in memory that they have freed before
// (the first 24 bytes of a picture are the allocator's by then), compile the
// codec anew in every process, let the libraries write to standard output, and
// keep the whole memory of the codec alive with the picture.
type sandbox struct {
	name   string
	packed *[]byte // the module, gzipped

	mu      sync.Mutex
	runtime wazero.Runtime
	module  wazero.CompiledModule
}

// sandboxTurn limits how many codecs run at a time to one: each holds several
// times its picture's size.
var sandboxTurn = make(chan struct{}, 1)

// CodecCache is where compiled codecs are kept; "" when the user has no such
// place.
func CodecCache() string {
	if home := os.Getenv("SPATIALMAKER_HOME"); home != "" {
		return filepath.Join(home, "cache", "codecs")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "spatialmaker", "codecs")
}

// open compiles the codec once in a process, which takes half a second (and
// several where garbage is collected often), and keeps the result in a folder for
// the next one. A folder that cannot be used only costs that time.
func (s *sandbox) open(cache string) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.module != nil {
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(*s.packed))
	if err != nil {
		return fmt.Errorf("unpack the %s codec: %w", s.name, err)
	}
	code, err := io.ReadAll(z)
	if err != nil {
		return fmt.Errorf("unpack the %s codec: %w", s.name, err)
	}
	if cache != "" {
		if kept, err := wazero.NewCompilationCacheWithDir(cache); err == nil {
			if s.compile(wazero.NewRuntimeConfig().WithCompilationCache(kept), code) == nil {
				return nil
			}
		}
	}
	return s.compile(wazero.NewRuntimeConfig(), code)
}

func (s *sandbox) compile(config wazero.RuntimeConfig, code []byte) error {
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, config)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, rt); err != nil {
		return fmt.Errorf("start the %s codec: %w", s.name, err)
	}
	module, err := rt.CompileModule(ctx, code)
	if err != nil {
		_ = rt.Close(ctx) // the first error tells
		return fmt.Errorf("compile the %s codec: %w", s.name, err)
	}
	s.runtime, s.module = rt, module
	return nil
}

// sandboxTime is how long a decoder may take: two minutes, and ten seconds for
// each megabyte of the file (a second for that is usual). Only one that a
// hostile file has sent in circles takes longer.
func sandboxTime(bytes int) time.Duration {
	return 2*time.Minute + time.Duration(bytes>>20)*10*time.Second
}

// runSandbox starts a fresh decoder or encoder, hands it to use and ends it. When
// ctx is done, or the limit passed, it returns at once. The codec then runs to its
// end in the background (wazero can only stop code that it compiled to look for
// it, which then takes five times as long) and keeps its turn, so that cancelled
// calls cannot pile up, until the limit.
func runSandbox[T any](ctx context.Context, s *sandbox, limit time.Duration, use func(d *sandboxed) (T, error)) (T, error) {
	var none T
	select {
	case sandboxTurn <- struct{}{}:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	free := sync.OnceFunc(func() { <-sandboxTurn })
	late := make(chan struct{})
	timer := time.AfterFunc(limit, func() {
		free()
		close(late)
	})
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		defer free()
		defer timer.Stop()
		defer func() {
			if r := recover(); r != nil {
				done <- result{err: fmt.Errorf("%w: the %s codec gave up: %v", ErrCorrupt, s.name, r)}
			}
		}()
		var r result
		r.err = s.start(func(d *sandboxed) (err error) {
			r.value, err = use(d)
			return err
		})
		done <- r
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	case <-late:
		if err := ctx.Err(); err != nil {
			return none, err
		}
		return none, fmt.Errorf("%w: the %s codec came to no end in %v", ErrCorrupt, s.name, limit)
	}
}

// start runs a codec in a memory of its own.
func (s *sandbox) start(use func(d *sandboxed) error) error {
	if err := s.open(CodecCache()); err != nil {
		return err
	}
	// Without a name, so that it may run twice, and with standard streams that
	// go nowhere.
	ctx := experimental.WithMemoryAllocator(context.Background(), experimental.MemoryAllocatorFunc(sandboxMemory))
	mod, err := s.runtime.InstantiateModule(ctx, s.module, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return s.failure(err)
	}
	defer mod.Close(ctx)
	return s.failure(use(&sandboxed{mod: mod}))
}

// errSandbox is what a codec's own "0" means: it could not read the file.
var errSandbox = errors.New("the codec refuses it")

// failure gives an error from the sandbox a kind, and one line.
func (s *sandbox) failure(err error) error {
	if err == nil || classified(err) || errors.Is(err, errSandbox) {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), "\n") // a stack trace follows
	return fmt.Errorf("%w: the %s codec gave up: %s", ErrCorrupt, s.name, text)
}

// sandboxed is a running codec. Addresses are offsets into its memory.
type sandboxed struct{ mod api.Module }

// alloc reserves n bytes.
func (d *sandboxed) alloc(n int) (uint32, error) {
	const most = 1<<32 - 1<<20
	if n < 0 || n > most {
		return 0, fmt.Errorf("%w: it needs more than the 4 GB a codec can have", ErrTooLarge)
	}
	at, err := d.call("malloc", uint64(max(n, 1)))
	if errors.Is(err, errSandbox) {
		err = fmt.Errorf("%w: it needs more than the 4 GB a codec can have", ErrTooLarge)
	}
	return at, err
}

// free gives back what alloc reserved, for a codec that is used again.
func (d *sandboxed) free(at uint32) {
	_, _ = d.mod.ExportedFunction("free").Call(context.Background(), uint64(at)) // only memory that was damaged before fails
}

// put copies b into the codec's memory.
func (d *sandboxed) put(b []byte) (uint32, error) {
	at, err := d.alloc(len(b))
	if err != nil {
		return 0, err
	}
	if !d.mod.Memory().Write(at, b) {
		return 0, errSandbox
	}
	return at, nil
}

// call calls one of the codec's functions; an answer of 0 is errSandbox.
func (d *sandboxed) call(name string, args ...uint64) (uint32, error) {
	res, err := d.mod.ExportedFunction(name).Call(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	if uint32(res[0]) == 0 {
		return 0, errSandbox
	}
	return uint32(res[0]), nil
}

// decode calls a decoder's only function.
func (d *sandboxed) decode(args ...uint64) error {
	_, err := d.call("decode", args...)
	return err
}

// words reads n 32-bit numbers.
func (d *sandboxed) words(at uint32, n int) ([]uint32, error) {
	out := make([]uint32, n)
	for i := range out {
		v, ok := d.mod.Memory().ReadUint32Le(at + uint32(4*i))
		if !ok {
			return nil, errSandbox
		}
		out[i] = v
	}
	return out, nil
}

// view returns n bytes of the codec's memory in place: valid until its next
// call and the end of run.
func (d *sandboxed) view(at uint32, n int) ([]byte, error) {
	if n < 0 || int64(n) > 1<<32-1 {
		return nil, errSandbox
	}
	b, ok := d.mod.Memory().Read(at, uint32(n))
	if !ok {
		return nil, errSandbox
	}
	return b, nil
}
