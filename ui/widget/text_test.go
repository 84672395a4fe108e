package widget

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// TestWholeText is shown in whole parts or not at all.
func TestWholeText(t *testing.T) {
	test.NewTempApp(t)
	text := NewText("Depth: ONNX · Updated")
	text.Cut, text.Whole = CutParts, true
	r, ok := test.WidgetRenderer(text).(*textRenderer)
	if !ok {
		t.Fatal("another renderer")
	}
	width := func(s string) float32 {
		return fyne.MeasureText(s, r.line.TextSize, r.line.TextStyle).Width + 1
	}
	for _, want := range []string{"Depth: ONNX · Updated", "Depth: ONNX", ""} {
		room := width(want)
		if want == "" {
			room = width("Depth")
		}
		text.Resize(fyne.NewSize(room, 30))
		if r.line.Text != want {
			t.Errorf("in %g: %q, want %q", room, r.line.Text, want)
		}
	}
}
