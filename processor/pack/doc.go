// Package pack arranges finished eyes and depth for viewers: side by side, top
// and bottom, anaglyph, depth pictures, and the file names players understand.
package pack
