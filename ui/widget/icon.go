package widget

import (
	"bytes"
	"embed"
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
)

//go:embed icons/*.svg
var iconFiles embed.FS

// Icon is one of the program's line drawings, by the name of its file.
type Icon string

// The icons.
const (
	IconAdd      Icon = "add"
	IconCheck    Icon = "check"
	IconClock    Icon = "clock"
	IconCopy     Icon = "copy"
	IconDown     Icon = "down"
	IconDownload Icon = "download"
	IconDrop     Icon = "drop"
	IconError    Icon = "error"
	IconFilm     Icon = "film"
	IconFit      Icon = "fit"
	IconFolder   Icon = "folder"
	IconInfo     Icon = "info"
	IconLeft     Icon = "left"
	IconList     Icon = "list"
	IconMore     Icon = "more"
	IconPalette  Icon = "palette"
	IconPause    Icon = "pause"
	IconPhoto    Icon = "photo"
	IconPlay     Icon = "play"
	IconRemove   Icon = "remove"
	IconRetry    Icon = "retry"
	IconReveal   Icon = "reveal"
	IconRight    Icon = "right"
	IconSettings Icon = "settings"
	IconShield   Icon = "shield"
	IconStar     Icon = "star"
	IconStepBack Icon = "stepback"
	IconStepOn   Icon = "stepforward"
	IconStereo   Icon = "stereo"
	IconSwap     Icon = "swap"
	IconTrash    Icon = "trash"
	IconUndo     Icon = "undo"
	IconUp       Icon = "up"
	IconWarning  Icon = "warning"
	IconZoomIn   Icon = "zoomin"
	IconZoomOut  Icon = "zoomout"
)

// Resource is the drawing in the theme's colour of that name. The drawings are
// strokes, which Fyne's own recolouring of SVG leaves alone, so the colour is
// put in here; it is part of the resource's name because Fyne caches by name.
func (i Icon) Resource(name fyne.ThemeColorName) fyne.Resource {
	return i.coloured(paint(name))
}

func (i Icon) coloured(c color.Color) fyne.Resource {
	raw, err := iconFiles.ReadFile("icons/" + string(i) + ".svg")
	if err != nil {
		fyne.LogError("icon "+string(i), err)
		return theme.BrokenImageIcon()
	}
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	hex := fmt.Sprintf("#%02x%02x%02x", n.R, n.G, n.B)
	raw = bytes.ReplaceAll(raw, []byte(`stroke="#000"`),
		fmt.Appendf(nil, `stroke="%s" stroke-opacity="%.2f"`, hex, float64(n.A)/255))
	return fyne.NewStaticResource(fmt.Sprintf("%s-%s%02x.svg", i, hex[1:], n.A), raw)
}

// glyph is an icon drawn on a canvas in a named colour.
type glyph struct {
	icon  Icon
	color fyne.ThemeColorName
	image *canvas.Image
}

// newGlyph returns a glyph that shows nothing until set is called: reading a
// drawing takes time, and many rows never show theirs.
func newGlyph() *glyph {
	return &glyph{image: &canvas.Image{FillMode: canvas.ImageFillContain}}
}

// set shows another icon or colour; it draws again even when neither changed,
// because the theme behind the colour's name may have.
func (g *glyph) set(i Icon, c fyne.ThemeColorName) {
	g.icon, g.color = i, c
	res := i.Resource(c)
	if g.image.Resource != nil && g.image.Resource.Name() == res.Name() {
		return
	}
	g.image.Resource = res
	g.image.Refresh()
}
