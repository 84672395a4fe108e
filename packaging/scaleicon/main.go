// Command scaleicon scales a square PNG down for an icon theme:
//
//	scaleicon FROM SIZE TO
package main

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"strconv"

	"golang.org/x/image/draw"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "scaleicon:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: scaleicon FROM SIZE TO")
	}
	size, err := strconv.Atoi(args[1])
	if err != nil || size < 1 || size > 4096 {
		return fmt.Errorf("size %q: must be 1 to 4096", args[1])
	}
	in, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	from, err := png.Decode(in)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	to := image.NewRGBA(image.Rect(0, 0, size, size))
	draw.CatmullRom.Scale(to, to.Rect, from, from.Bounds(), draw.Src, nil)
	out, err := os.Create(args[2])
	if err != nil {
		return err
	}
	if err := png.Encode(out, to); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
