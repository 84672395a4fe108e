package processor

import (
	"context"
	"image"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/media"
	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
)

// uprightSizes are the sizes of photos that carry a rotation, upright; of the
// others the size is what a probe says. From the shared media's SOURCES.md.
var uprightSizes = map[string]image.Point{
	"heic_iphoneXS_orient6_p3_gps.heic":     {3024, 4032},
	"jpeg_portrait_labelled_orient6.jpg":    {1200, 1600},
	"jpeg_landscape_labelled_orient8.jpg":   {1600, 1200},
	"jpeg_p3_gps_orient6.jpg":               {592, 800},
	"jpeg_p3_gps_orient8.jpg":               {592, 800},
	"jpeg_p3_gps_orient1_reference.jpg":     {592, 800},
	"avif_street_3082x2048.avif":            {3082, 2048},
	"heic_iphone13pro_portrait_depth.heic":  {4032, 3024},
	"jpeg_verywide_23to1.jpg":               {1174, 50},
	"jpeg_1x1.jpg":                          {1, 1},
	"mpo_nintendo3ds_frozenpond.mpo":        {640, 480},
	"jpeg_progressive_pixel7pro_london.jpg": {1020, 768},
}

// TestSharedPhotos converts every shared photo that is not marked damaged and
// holds sizes and orientations against their references.
func TestSharedPhotos(t *testing.T) {
	root := mediatest.Shared(t, "photos")
	var ins []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "jpeg_corrupt.jpg" {
			ins = append(ins, path)
		}
		return err
	})
	if err != nil || len(ins) < 40 {
		t.Fatalf("%d photos in %s: %v", len(ins), root, err)
	}
	if mediatest.Race {
		// Three of 6 and 12 megapixels; TestDepthFromTheFile has a HEIC.
		const large = 250 << 10
		ins = slices.DeleteFunc(ins, func(path string) bool {
			f, err := os.Stat(path)
			return err == nil && f.Size() > large
		})
	}
	out := t.TempDir()
	o := DefaultOptions()
	o.Output = out
	o.Formats = []pack.Layout{pack.SBS, pack.Depth}
	var r recorder
	if err := testEngine(t, &depthtest.Gradient{}).Run(t.Context(), Job{Inputs: ins, Options: o}, &r); err != nil {
		for _, s := range r.ended {
			if s.State != Done {
				t.Errorf("%s: %v", s.Input, s.Err)
			}
		}
		t.Fatal(err)
	}
	for _, s := range r.ended {
		t.Run(filepath.Base(s.Input), func(t *testing.T) { checkPhoto(t, s) })
	}
	sameUpright(t, out, "jpeg_p3_gps_orient1_reference", "jpeg_p3_gps_orient6", "jpeg_p3_gps_orient8")
}

func checkPhoto(t *testing.T, s Snapshot) {
	if len(s.Outputs) != 2 {
		t.Fatalf("outputs: %v", s.Outputs)
	}
	info, err := media.Probe(t.Context(), s.Input)
	if err != nil {
		t.Fatal(err)
	}
	want, ok := uprightSizes[filepath.Base(s.Input)]
	if !ok {
		want = image.Pt(info.Width, info.Height)
	}
	for i, path := range s.Outputs {
		made, err := media.Probe(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		size := want
		if i == 0 {
			size.X *= 2
		}
		if got := image.Pt(made.Width, made.Height); got != size {
			t.Errorf("%s is %v, want %v", filepath.Base(path), got, size)
		}
		if made.Orientation > 1 {
			t.Errorf("%s asks to be turned again (orientation %d)", filepath.Base(path), made.Orientation)
		}
	}
}

// sameUpright holds the side-by-side pictures of photos that must look the
// same after their rotation against the first.
func sameUpright(t *testing.T, dir string, ref string, others ...string) {
	t.Helper()
	load := func(stem string) *pix.Picture {
		found, err := filepath.Glob(filepath.Join(dir, stem+"_LRF_*"))
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %v %v", stem, found, err)
		}
		p, err := media.DecodePhoto(context.Background(), found[0], media.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return p.Picture
	}
	a := load(ref)
	for _, name := range others {
		b := load(name)
		if a.W != b.W || a.H != b.H {
			t.Errorf("%s is %dx%d, %s is %dx%d", ref, a.W, a.H, name, b.W, b.H)
			continue
		}
		if d := meanDifference(a, b); d > 2 {
			t.Errorf("%s and %s differ by %.1f levels", ref, name, d)
		}
	}
}

// meanDifference is the mean absolute difference of luma in 8-bit levels.
func meanDifference(a, b *pix.Picture) float64 {
	sum := 0.0
	pa, pb := &a.Planes[0], &b.Planes[0]
	for y := range a.H {
		for x := range a.W {
			sum += math.Abs(float64(pa.Pix8[y*pa.Stride+x*pa.Comps]) - float64(pb.Pix8[y*pb.Stride+x*pb.Comps]))
		}
	}
	return sum / float64(a.W*a.H)
}
