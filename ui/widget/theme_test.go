package widget

import (
	"image/color"
	"io/fs"
	"math"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

// luminance is the relative luminance of WCAG 2.2.
func luminance(c color.Color) float64 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	lin := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(n.R) + 0.7152*lin(n.G) + 0.0722*lin(n.B)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestTextCanBeRead(t *testing.T) {
	pairs := []struct {
		ink, ground fyne.ThemeColorName
		least       float64
	}{
		{theme.ColorNameForeground, theme.ColorNameBackground, 7},
		{theme.ColorNameForeground, ColorSurface, 7},
		{theme.ColorNameForeground, theme.ColorNameButton, 7},
		{theme.ColorNameForeground, theme.ColorNameInputBackground, 7},
		{ColorSecondary, ColorSurface, 4.5},
		{ColorSecondary, theme.ColorNameBackground, 4.5},
		{ColorSecondary, ColorSunken, 4.5},
		{ColorSecondary, theme.ColorNameButton, 4.5},
		{theme.ColorNamePlaceHolder, theme.ColorNameInputBackground, 4.5},
		{theme.ColorNameForegroundOnPrimary, theme.ColorNamePrimary, 4.5},
		{theme.ColorNameError, ColorSurface, 4.5},
		{theme.ColorNameWarning, ColorSurface, 4.5},
		{theme.ColorNameSuccess, ColorSurface, 4.5},
		{theme.ColorNameHyperlink, ColorSurface, 4.5},
		{ColorTipText, ColorTip, 7},
		{theme.ColorNamePrimary, ColorSurface, 3}, // a control, not a text
	}
	for mode, name := range map[Mode]string{Light: "light", Dark: "dark"} {
		th := NewTheme(mode)
		for _, p := range pairs {
			if c := contrast(th.Color(p.ink, 0), th.Color(p.ground, 0)); c < p.least {
				t.Errorf("%s: %s on %s has contrast %.2f, less than %g", name, p.ink, p.ground, c, p.least)
			}
		}
	}
}

func TestTheSystemDecidesUnlessTold(t *testing.T) {
	th := NewTheme(System)
	light := th.Color(theme.ColorNameBackground, theme.VariantLight)
	night := th.Color(theme.ColorNameBackground, theme.VariantDark)
	if dark(light) || !dark(night) {
		t.Errorf("light %v, dark %v", light, night)
	}
	if NewTheme(Dark).Color(theme.ColorNameBackground, theme.VariantLight) != night {
		t.Error("dark by choice follows the system")
	}
	if th.Size("no such size") != theme.DefaultTheme().Size("no such size") {
		t.Error("unknown sizes are not Fyne's")
	}
}

func TestEveryIconIsThere(t *testing.T) {
	test.NewTempApp(t)
	files, err := fs.Glob(iconFiles, "icons/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		i := Icon(strings.TrimSuffix(strings.TrimPrefix(f, "icons/"), ".svg"))
		a := i.Resource(theme.ColorNameError)
		b := i.Resource(theme.ColorNameSuccess)
		if !strings.Contains(string(a.Content()), `stroke="#`) || strings.Contains(string(a.Content()), `"#000"`) {
			t.Errorf("%s is not coloured", i)
		}
		if a.Name() == b.Name() {
			t.Errorf("%s in two colours has one name: %s", i, a.Name())
		}
	}
	if len(files) < 30 {
		t.Errorf("only %d icons", len(files))
	}
}

func TestColourArithmetic(t *testing.T) {
	white, half := color.NRGBA{255, 255, 255, 255}, color.NRGBA{0, 0, 0, 128}
	if got := over(white, half); got != (color.NRGBA{127, 127, 127, 255}) {
		t.Errorf("half black over white is %v", got)
	}
	if got := faded(half, 0.5); got != (color.NRGBA{0, 0, 0, 64}) {
		t.Errorf("half of half is %v", got)
	}
}
