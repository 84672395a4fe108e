package media

import (
	"path/filepath"
	"strings"
)

// hardwareDevice returns the arguments, before the inputs, that open the
// device an encoder runs on.
func hardwareDevice(encoder string) []string {
	switch {
	case strings.HasSuffix(encoder, "_vaapi"):
		return []string{"-vaapi_device", renderNode()}
	case strings.HasSuffix(encoder, "_qsv"):
		return []string{"-init_hw_device", "qsv=hw", "-filter_hw_device", "hw"}
	}
	return nil
}

// hardwareUpload is the filter that brings planar frames of the given bits to
// the device, "" for encoders that take frames from memory.
func hardwareUpload(encoder string, bits int) string {
	format := "nv12"
	if bits > 8 {
		format = "p010"
	}
	switch {
	case strings.HasSuffix(encoder, "_vaapi"):
		return "format=" + format + ",hwupload"
	case strings.HasSuffix(encoder, "_qsv"):
		return "format=" + format + ",hwupload=extra_hw_frames=64"
	}
	return ""
}

// renderNode is the first graphics device that encodes without a display.
func renderNode() string {
	if nodes, _ := filepath.Glob("/dev/dri/renderD*"); len(nodes) > 0 {
		return nodes[0]
	}
	return "/dev/dri/renderD128"
}
