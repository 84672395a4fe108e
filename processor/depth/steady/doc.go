// Package steady keeps the depth of a film from flickering. It finds shots,
// keeps one range of depth within a shot, and smooths every pixel along its
// motion, never across a cut and never across the edge of what moves.
//
// Frames and their estimates go in one by one and come out, in order, a few
// frames later, when what follows is known. The result depends on the film
// alone: not on timing or the number of workers, and a stage that is restored
// from a saved State goes on as if it had never stopped.
package steady
