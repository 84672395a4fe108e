package pack

import "math"

// Swing lists the viewpoints of one loop of a wiggle: from the middle to the
// right eye (1), back over the middle to the left eye (-1) and to the middle,
// as a pendulum moves. views are the different ones among them, in order of
// their first use, and order says which is shown when.
func Swing(steps int) (views []float64, order []int) {
	seen := map[int64]int{}
	for i := range steps {
		v := math.Sin(2 * math.Pi * float64(i) / float64(steps))
		key := int64(math.Round(v * 1e6)) // the way back passes the same points
		at, known := seen[key]
		if !known {
			at = len(views)
			seen[key] = at
			views = append(views, float64(key)/1e6)
		}
		order = append(order, at)
	}
	return views, order
}
