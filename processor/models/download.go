package models

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// DownloadOptions are a download's choices.
type DownloadOptions struct {
	// AcceptLicence says that the user has accepted the model's licence; it is
	// recorded, so that nobody asks again.
	AcceptLicence bool
}

// Download is a model being fetched. Its methods may be called from any
// goroutine.
type Download struct {
	s     *Store
	e     *Entry
	opt   DownloadOptions
	m     *meter
	ctl   *control
	stop  context.CancelFunc
	done  chan struct{}
	model Model // with err, valid once done is closed
	err   error
}

// Start begins to fetch the named model (an entry, an alias, or a family's
// default for this machine) and returns at once. The goroutine it starts ends
// when the download does, or with ctx; Wait waits for it.
func (s *Store) Start(ctx context.Context, name string, opt DownloadOptions) *Download {
	ctx, stop := context.WithCancel(ctx)
	m := &meter{p: Progress{Model: name, Stage: StageWaiting}}
	d := &Download{s: s, opt: opt, m: m, ctl: &control{m: m}, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(d.done)
		defer stop()
		d.model, d.err = d.run(ctx, name)
		switch {
		case d.err == nil:
			m.stage(StageDone, "")
		case ctx.Err() != nil:
			m.stage(StageCancelled, "")
		default:
			m.stage(StageFailed, d.err.Error())
		}
	}()
	return d
}

// Download fetches the named model and waits for it.
func (s *Store) Download(ctx context.Context, name string, opt DownloadOptions) (Model, error) {
	return s.Start(ctx, name, opt).Wait()
}

// Progress says where the download stands. It is cheap; front ends ask ten
// times a second.
func (d *Download) Progress() Progress { return d.m.snapshot() }

// Pause stops the transfer at once and keeps what came.
func (d *Download) Pause() { d.ctl.pause() }

// Resume goes on where Pause stopped.
func (d *Download) Resume() { d.ctl.resume() }

// Cancel ends the download at once. What came is kept and continued by the
// next download of the same model; Remove drops it.
func (d *Download) Cancel() { d.stop() }

// Done is closed when the download has ended.
func (d *Download) Done() <-chan struct{} { return d.done }

// Wait waits for the end. A cancelled download returns ctx's error.
func (d *Download) Wait() (Model, error) {
	<-d.done
	return d.model, d.err
}

// entry finds what a download's name means.
func (s *Store) entry(name string) (*Entry, error) {
	if e, ok := s.cat.Find(name); ok {
		return e, nil
	}
	var family []Model
	for i := range s.cat.Models {
		if e := &s.cat.Models[i]; e.Family == name {
			family = append(family, s.cat.model(e))
		}
	}
	if len(family) == 0 {
		all, err := s.List()
		if err != nil {
			return nil, err
		}
		return nil, s.unknown(name, all)
	}
	e, _ := s.cat.Find(firstDefault(s.runnable(family, Auto), family).Name)
	return e, nil
}

func (d *Download) run(ctx context.Context, name string) (Model, error) {
	e, err := d.s.entry(name)
	if err != nil {
		return Model{}, err
	}
	d.e = e
	d.m.name(e.Name)
	if m, err := d.present(ctx); err != nil || m.Installed {
		return m, err
	}
	release, err := lock(ctx, d.s.incoming(e.Name)+".lock", func() {
		d.m.stage(StageWaiting, "another Spatial Maker is fetching this model")
	})
	if err != nil {
		return Model{}, fmt.Errorf("%s: %w", e.Name, err)
	}
	defer release()
	if m, err := d.present(ctx); err != nil || m.Installed {
		return m, err // the other process finished it meanwhile
	}
	if err := d.fetchEntry(ctx); err != nil {
		return Model{}, fmt.Errorf("%s: %w", e.Name, err)
	}
	return d.s.Resolve(e.Name, Auto)
}

// present returns the model if there is nothing to fetch, after making sure
// that its licence was accepted.
func (d *Download) present(ctx context.Context) (Model, error) {
	r, err := d.s.readReceipt(d.e.Name)
	if err != nil || (d.e.Verified() && matches(r.Files, d.e.Files) != nil) {
		r = nil // gone, or what an older catalogue meant by this name
	}
	m := d.s.locate(d.e, r)
	if m.Installed {
		return m, nil
	}
	if d.e.Shipped {
		return present(m)
	}
	if d.s.NeedsConsent(m) {
		if !d.opt.AcceptLicence {
			return m, &LicenceError{Model: m.Name, Licence: m.Licence}
		}
		return m, d.s.Accept(ctx, m)
	}
	return m, nil
}

// fetchEntry brings the entry's files, by themselves or in an archive.
func (d *Download) fetchEntry(ctx context.Context) error {
	c, err := d.s.newClient()
	if err != nil {
		return err
	}
	defer c.http.CloseIdleConnections()
	job := &install{
		s: d.s, e: d.e, dir: d.s.incoming(d.e.Name), firstUse: map[string]record{},
		f: &fetcher{s: d.s, c: c, m: d.m, ctl: d.ctl},
	}
	job.tree = filepath.Join(job.dir, "tree")
	defer os.Remove(job.dir) // when nothing came; it is not removed while something is in it
	if job.recorded, err = d.s.records(); err != nil {
		return err
	}
	err = d.s.checkSpaceFor(job)
	if err == nil && len(d.e.Files) > 0 {
		err = job.files(ctx)
	} else if err == nil {
		err = job.archive(ctx, &d.e.Archives[0])
	}
	// The files' servers failed: perhaps the archive's does not.
	if err != nil && len(d.e.Files) > 0 && !ends(ctx, err) {
		for i := range d.e.Archives {
			aerr := job.archive(ctx, &d.e.Archives[i])
			if aerr == nil {
				return nil
			}
			err = &sourcesError{label: "no address worked", errs: []error{err, aerr}}
			if ends(ctx, aerr) {
				return aerr
			}
		}
	}
	return err
}

// incoming is where a download under way lies.
func (s *Store) incoming(name string) string { return filepath.Join(s.root, incomingDir, name) }

// checkSpaceFor refuses a download that cannot fit, before its first byte.
func (s *Store) checkSpaceFor(job *install) error {
	need, _ := job.e.Bytes()
	if len(job.e.Files) == 0 {
		need += max(job.e.Archives[0].Bytes, job.e.Archives[0].ApproxUnpacked) // packed and unpacked, for a moment
	}
	return s.checkSpace(s.nearest(job.dir), need-dirSize(job.dir))
}

// nearest is path or its closest parent that exists.
func (s *Store) nearest(path string) string {
	for !exists(path) {
		up := filepath.Dir(path)
		if up == path {
			break
		}
		path = up
	}
	return path
}
