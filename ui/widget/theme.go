package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Colours of our own, beside those Fyne knows by name.
const (
	ColorSurface   fyne.ThemeColorName = "spatialSurface"   // panels and cards
	ColorSunken    fyne.ThemeColorName = "spatialSunken"    // the ground behind a picture
	ColorBorder    fyne.ThemeColorName = "spatialBorder"    // hairlines
	ColorSecondary fyne.ThemeColorName = "spatialSecondary" // text of less weight
	ColorTrack     fyne.ThemeColorName = "spatialTrack"     // slider and progress grooves
	ColorRaised    fyne.ThemeColorName = "spatialRaised"    // the chosen part of a segmented control
	ColorTip       fyne.ThemeColorName = "spatialTip"       // ground of a tool tip
	ColorTipText   fyne.ThemeColorName = "spatialTipText"
	ColorNone      fyne.ThemeColorName = "spatialNone" // nothing is painted
)

// Sizes of our own, in Fyne's device-independent pixels.
const (
	SizeGap     fyne.ThemeSizeName = "spatialGap"     // between related things
	SizeMargin  fyne.ThemeSizeName = "spatialMargin"  // from a panel's edge to its content
	SizeControl fyne.ThemeSizeName = "spatialControl" // height of buttons, fields, segments
)

// Mode is the user's choice of brightness.
type Mode uint8

// The modes of a Theme.
const (
	System Mode = iota // follow the desktop
	Light
	Dark
)

// Theme is the program's look. Colours come in pairs, light first.
type Theme struct {
	mode Mode
	base fyne.Theme
}

// NewTheme returns the look in the given mode.
func NewTheme(mode Mode) *Theme {
	return &Theme{mode: mode, base: theme.DefaultTheme()}
}

// palette holds the pairs {light, dark} as 0xRRGGBBAA. Text against its ground
// keeps a contrast of at least 4.5:1 (WCAG 2.2, level AA); a test measures it.
var palette = map[fyne.ThemeColorName][2]uint32{
	theme.ColorNameBackground:          {0xf5f5f8ff, 0x16171bff},
	theme.ColorNameForeground:          {0x1b1c22ff, 0xecedf1ff},
	theme.ColorNamePlaceHolder:         {0x666a76ff, 0x9a9faaff},
	theme.ColorNameDisabled:            {0xa7abb5ff, 0x5d626dff},
	theme.ColorNamePrimary:             {0x4a50d4ff, 0x8087ffff},
	theme.ColorNameForegroundOnPrimary: {0xffffffff, 0x101126ff},
	theme.ColorNameHyperlink:           {0x4a50d4ff, 0x9399ffff},
	theme.ColorNameFocus:               {0x4a50d455, 0x8087ff66},
	theme.ColorNameSelection:           {0x4a50d41f, 0x8087ff30},
	theme.ColorNameHover:               {0x1b1c220d, 0xffffff12},
	theme.ColorNamePressed:             {0x1b1c221f, 0xffffff24},
	theme.ColorNameButton:              {0xe9eaefff, 0x2a2c33ff},
	theme.ColorNameDisabledButton:      {0xeeeff3ff, 0x212329ff},
	theme.ColorNameInputBackground:     {0xffffffff, 0x1a1c20ff},
	theme.ColorNameInputBorder:         {0xd3d5ddff, 0x383b44ff},
	theme.ColorNameMenuBackground:      {0xffffffff, 0x25272dff},
	theme.ColorNameOverlayBackground:   {0xffffffff, 0x1e2025ff},
	theme.ColorNameSeparator:           {0xe1e3e9ff, 0x2b2d34ff},
	theme.ColorNameScrollBar:           {0x1b1c2238, 0xffffff3a},
	theme.ColorNameShadow:              {0x14162226, 0x00000066},
	theme.ColorNameSuccess:             {0x17784bff, 0x4cc38aff},
	theme.ColorNameWarning:             {0x955700ff, 0xf0b455ff},
	theme.ColorNameError:               {0xc42b3aff, 0xff7b81ff},
	theme.ColorNameForegroundOnError:   {0xffffffff, 0x2a0a0dff},
	theme.ColorNameForegroundOnSuccess: {0xffffffff, 0x06251aff},
	theme.ColorNameForegroundOnWarning: {0xffffffff, 0x2b1d02ff},
	theme.ColorNameHeaderBackground:    {0xffffffff, 0x1e2025ff},
	ColorSurface:                       {0xffffffff, 0x1e2025ff},
	ColorSunken:                        {0xe8e9eeff, 0x0e0f12ff},
	ColorBorder:                        {0xe1e3e9ff, 0x2b2d34ff},
	ColorSecondary:                     {0x5f636fff, 0x9ca1acff},
	ColorTrack:                         {0xdfe1e8ff, 0x343740ff},
	ColorRaised:                        {0xffffffff, 0x43464fff},
	ColorTip:                           {0x26282fff, 0xe6e7ecff},
	ColorTipText:                       {0xf4f5f8ff, 0x1b1c22ff},
	ColorNone:                          {0xffffff00, 0x00000000},
}

// Color implements fyne.Theme.
func (t *Theme) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	switch t.mode {
	case Light:
		v = theme.VariantLight
	case Dark:
		v = theme.VariantDark
	}
	pair, ok := palette[name]
	if !ok {
		return t.base.Color(name, v)
	}
	c := pair[0]
	if v == theme.VariantDark {
		c = pair[1]
	}
	if uint8(c) == 0 {
		return color.Transparent // which Fyne does not draw at all
	}
	return color.NRGBA{R: uint8(c >> 24), G: uint8(c >> 16), B: uint8(c >> 8), A: uint8(c)}
}

// sizes follow a grid of four.
var sizes = map[fyne.ThemeSizeName]float32{
	theme.SizeNameText:            13,
	theme.SizeNameCaptionText:     11.5,
	theme.SizeNameSubHeadingText:  15,
	theme.SizeNameHeadingText:     20,
	theme.SizeNamePadding:         4,
	theme.SizeNameInnerPadding:    7,
	theme.SizeNameLineSpacing:     3,
	theme.SizeNameInlineIcon:      16,
	theme.SizeNameInputRadius:     6,
	theme.SizeNameSelectionRadius: 6,
	theme.SizeNameButtonRadius:    6,
	theme.SizeNameCardRadius:      10,
	theme.SizeNameDialogRadius:    12,
	theme.SizeNamePopupRadius:     8,
	theme.SizeNameMenuRadius:      8,
	theme.SizeNameScrollBar:       10,
	theme.SizeNameScrollBarSmall:  4,
	theme.SizeNameScrollBarRadius: 5,
	SizeGap:                       8,
	SizeMargin:                    16,
	SizeControl:                   30,
}

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := sizes[name]; ok {
		return s
	}
	return t.base.Size(name)
}

// Font implements fyne.Theme.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource { return t.base.Font(s) }

// Icon implements fyne.Theme.
func (t *Theme) Icon(n fyne.ThemeIconName) fyne.Resource { return t.base.Icon(n) }

// paint looks a colour up in the theme in force.
func paint(name fyne.ThemeColorName) color.Color {
	return theme.Color(name)
}

// size looks a size up in the theme in force; sizes of our own have a value
// even under another theme (Fyne's test theme knows none of them).
func size(name fyne.ThemeSizeName) float32 {
	if s := theme.Size(name); s > 0 {
		return s
	}
	return sizes[name]
}

// faded returns c with its opacity multiplied by a (0..1).
func faded(c color.Color, a float64) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = uint8(float64(n.A)*a + 0.5)
	return n
}

// over lays the see-through colour b on a.
func over(a, b color.Color) color.Color {
	x := color.NRGBAModel.Convert(a).(color.NRGBA)
	y := color.NRGBAModel.Convert(b).(color.NRGBA)
	mix := func(p, q uint8) uint8 {
		return uint8((int(p)*(255-int(y.A)) + int(q)*int(y.A) + 127) / 255)
	}
	return color.NRGBA{R: mix(x.R, y.R), G: mix(x.G, y.G), B: mix(x.B, y.B), A: x.A}
}

// dark says whether a colour is nearer to black than to white.
func dark(c color.Color) bool {
	return color.GrayModel.Convert(c).(color.Gray).Y < 0x80
}
