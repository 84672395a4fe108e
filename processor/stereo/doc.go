// Package stereo makes a left and a right eye from a picture and its depth:
// depth is sharpened along the picture's edges, rows are painted by exact
// visibility, disocclusions are filled from the background.
package stereo
