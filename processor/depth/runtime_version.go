package depth

import (
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// Mach-O's command that carries a library's own name and version
// (mach-o/loader.h, LC_ID_DYLIB).
const loadIDDylib = 0xd

// RuntimeVersion reads the version of an ONNX Runtime library, such as
// "1.24.3", from the file's own headers: nothing is loaded or run, and it takes
// about a millisecond. The version is empty where the file does not tell it.
// Files that are no library for this system and processor give an error that
// wraps the cause.
func RuntimeVersion(path string) (string, error) {
	version, err := libraryVersion(path)
	if err != nil {
		return "", fmt.Errorf("runtime %s: %w", path, err)
	}
	return version, nil
}

var errOtherMachine = errors.New("made for another system or processor")

func libraryVersion(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", errors.Unwrap(err)
	}
	defer f.Close()
	var magic [4]byte
	if _, err := io.ReadFull(f, magic[:]); err != nil {
		return "", errors.New("not a library")
	}
	switch {
	case string(magic[:]) == elf.ELFMAG:
		return elfVersion(f)
	case string(magic[:2]) == "MZ":
		return peVersion(f)
	case isMachO(magic):
		return machoVersion(f)
	}
	return "", errors.New("not a library")
}

// elfVersion takes the version from the symbol version the library defines,
// which its build names VERS_<version>.
func elfVersion(f io.ReaderAt) (string, error) {
	e, err := elf.NewFile(f)
	if err != nil {
		return "", fmt.Errorf("damaged library: %w", err)
	}
	defer e.Close()
	want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "riscv64": elf.EM_RISCV}[runtime.GOARCH]
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" || want != elf.EM_NONE && e.Machine != want {
		return "", errOtherMachine
	}
	versions, err := e.DynamicVersions()
	if err != nil {
		return "", nil // a library without symbol versions: loading decides
	}
	for _, v := range versions {
		if n, ok := strings.CutPrefix(v.Name, "VERS_"); ok {
			return n, nil
		}
	}
	return "", nil
}

func isMachO(m [4]byte) bool {
	switch m {
	case [4]byte{0xcf, 0xfa, 0xed, 0xfe}, [4]byte{0xca, 0xfe, 0xba, 0xbe}:
		return true
	}
	return false
}

// machoVersion takes the current version of LC_ID_DYLIB, which holds
// major<<16 | minor<<8 | patch.
func machoVersion(f io.ReaderAt) (string, error) {
	want := map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}[runtime.GOARCH]
	m, err := macho.NewFile(f)
	if err != nil {
		fat, ferr := macho.NewFatFile(f)
		if ferr != nil {
			return "", fmt.Errorf("damaged library: %w", err)
		}
		defer fat.Close()
		for i := range fat.Arches {
			if fat.Arches[i].Cpu == want {
				m = fat.Arches[i].File
			}
		}
	}
	if m == nil || runtime.GOOS != "darwin" || m.Cpu != want {
		return "", errOtherMachine
	}
	for _, l := range m.Loads {
		raw := l.Raw()
		if len(raw) >= 24 && m.ByteOrder.Uint32(raw) == loadIDDylib {
			v := m.ByteOrder.Uint32(raw[16:])
			if v>>16 == 0 {
				break // built without a version
			}
			return fmt.Sprintf("%d.%d.%d", v>>16, v>>8&0xff, v&0xff), nil
		}
	}
	return "", nil
}

func peVersion(f io.ReaderAt) (string, error) {
	p, err := pe.NewFile(f)
	if err != nil {
		return "", fmt.Errorf("damaged library: %w", err)
	}
	defer p.Close()
	if runtime.GOOS != "windows" {
		return "", errOtherMachine
	}
	return "", nil
}
