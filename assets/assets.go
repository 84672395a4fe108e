// Package assets holds the pictures that are built into the program.
package assets

import _ "embed"

// IconPNG is the application's icon, 1024 x 1024 pixels with alpha, drawn in
// icon.svg.
//
//go:embed icon.png
var IconPNG []byte
