package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Text writes the report as tables.
func (r *Report) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s, %d cores, %s, ONNX Runtime %s\n", r.Machine.CPU, r.Machine.Cores, r.Machine.OS, r.Machine.Runtime)
	if len(r.Depth) > 0 {
		fmt.Fprintf(t, "\ndepth\tsize\tmade for\tms\truntime ms\toverhead\tdifference\n")
		for _, f := range r.Depth {
			apart := "-"
			if f.Difference != nil {
				apart = fmt.Sprintf("%.5f", *f.Difference)
			}
			fmt.Fprintf(t, "%s (%s, %s)\t%dx%d\t%s\t%.1f\t%.1f\t%.1f %%\t%s\n", f.Model, f.Backend, f.Device, f.Width, f.Height,
				f.Session, f.MS, f.RuntimeMS, 100*f.Overhead, apart)
		}
	}
	if p := r.Post; p != nil {
		fmt.Fprintf(t, "\na film's frame\tmap\tnormalise ms\tsteady ms\trefine ms\ttogether\tat most\tallocations\n")
		fmt.Fprintf(t, "%dx%d\t%dx%d\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%.0f\n", p.Width, p.Height, p.MapWidth, p.MapHeight,
			p.NormaliseMS, p.SteadyMS, p.RefineMS, p.MS, p.LimitMS, p.Allocations)
	}
	if len(r.Stereo) > 0 {
		fmt.Fprintf(t, "\nstereo\tsize\tviews\trefine\tfill\tms a view\tlimit\n")
		for _, f := range r.Stereo {
			limit := "-"
			if f.LimitMS != nil {
				limit = fmt.Sprintf("%.1f", *f.LimitMS)
			}
			fmt.Fprintf(t, "%s\t%dx%d\t%d\t%v\t%s\t%.2f\t%s\n", f.Pixels, f.Width, f.Height, f.Views, f.Refine, f.Fill, f.MSPerView, limit)
		}
	}
	if p := r.Photo; p != nil {
		fmt.Fprintf(t, "\nphoto\tjob ms\tinference ms\tcodec ms\tjob without inference / codec\tlimit\n")
		fmt.Fprintf(t, "%.0f megapixels\t%.0f\t%.0f\t%.0f\t%.2f\t%.1f\n", p.Megapixels, p.JobMS, p.InferenceMS, p.CodecMS, p.Ratio, p.LimitRatio)
	}
	if len(r.Pipeline) > 0 {
		fmt.Fprintf(t, "\npipeline\tdepth\tpreset\tframes\tfps\tffmpeg alone\tnetwork alone\tboth sharing cores\tratio\tat least\tfirst frame ms\tat most\n")
		for _, f := range r.Pipeline {
			most := "-"
			if f.LimitFirstMS > 0 {
				most = fmt.Sprintf("%.0f", f.LimitFirstMS)
			}
			fmt.Fprintf(t, "%dx%d\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%.2f\t%.2f\t%.0f\t%s\n", f.Width, f.Height, f.Depth, f.Preset, f.Frames,
				rate(f.FPS), rate(f.FFmpegFPS), rate(f.InferenceFPS), rate(f.AttainableFPS), f.Ratio, f.LimitRatio, f.FirstFrameMS, most)
		}
	}
	if f := r.Temporal; f != nil {
		fmt.Fprintf(t, "\nsteadiness\tstill\tpan\tcut\twake\n")
		fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.4f\t%.4f\n", f.Model, f.Still, f.Pan, f.Cut, f.Wake)
		fmt.Fprintf(t, "at most\t%.3f\t%.3f\t%.4f\t%.4f\n", f.Limits.Still, f.Limits.Pan, f.Limits.Cut, f.Limits.Wake)
	}
	return t.Flush()
}

// rate writes frames a second, a dash for a rate that was not taken.
func rate(fps float64) string {
	if fps == 0 {
		return "-"
	}
	if fps < 10 {
		return fmt.Sprintf("%.2f", fps)
	}
	return fmt.Sprintf("%.1f", fps)
}
