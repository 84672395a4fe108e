package processor

import (
	"testing"

	"spatialmaker/coreml"
)

// TestOpenedElsewhere: where no files are handed over, listening does nothing
// and ends at once.
func TestOpenedElsewhere(t *testing.T) {
	if coreml.Linked() == nil {
		t.Skip("they are handed over here")
	}
	var o Opened
	if err := o.Begin(); err != nil {
		t.Fatal(err)
	}
	var got []string
	o.Each(func(paths ...string) { got = append(got, paths...) })
	o.Close()
	o.Close()
	if len(got) != 0 {
		t.Errorf("files %q", got)
	}
	new(Opened).Close()
}
