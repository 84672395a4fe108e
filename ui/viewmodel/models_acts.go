package viewmodel

import (
	"context"
	"errors"
	"time"
)

// Load fetches a model; the caller has shown its licence. Several may be
// fetched at once.
func (m *Models) Load(name string, accept bool) {
	m.mu.Lock()
	if m.store == nil || m.downloads[name] != nil {
		m.mu.Unlock()
		return
	}
	d := m.store.Start(m.ctx, name, accept)
	m.downloads[name] = d
	delete(m.said, name)
	if !m.ticking {
		m.ticking = true
		m.wg.Go(m.tick)
	}
	m.mu.Unlock()
	m.wg.Go(func() {
		_, err := d.Wait()
		m.ended(name, err)
	})
	m.tell()
}

// tick has the downloads' progress drawn while there are any.
func (m *Models) tick() {
	t := time.NewTicker(progressPeriod)
	defer t.Stop()
	for range t.C {
		m.mu.Lock()
		m.ticking = len(m.downloads) > 0
		stop := !m.ticking
		m.mu.Unlock()
		if stop {
			return
		}
		m.tell()
	}
}

func (m *Models) ended(name string, err error) {
	m.mu.Lock()
	delete(m.downloads, name)
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil:
		p := m.words.Problem(err)
		m.said[name] = said{text: p.Title, tone: Bad, problem: p}
	}
	m.mu.Unlock()
	if rerr := m.Reload(); rerr != nil {
		m.tell()
	}
}

// Pause holds a download, or with false lets it go on.
func (m *Models) Pause(name string, on bool) {
	m.with(name, func(d Download) {
		if on {
			d.Pause()
		} else {
			d.Resume()
		}
	})
}

// Cancel ends a download; what came is kept for the next try.
func (m *Models) Cancel(name string) { m.with(name, Download.Cancel) }

func (m *Models) with(name string, do func(Download)) {
	m.mu.Lock()
	d := m.downloads[name]
	m.mu.Unlock()
	if d != nil {
		do(d)
		m.tell()
	}
}

// Loading says whether any download is under way.
func (m *Models) Loading() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.downloads) > 0
}

// Verify compares an installed model with its hashes.
func (m *Models) Verify(name string) {
	m.background(name, m.store.Verify, "model.verified")
}

// Remove deletes an installed model from the disk.
func (m *Models) Remove(name string) {
	m.background(name, m.store.Remove, "")
}

// ClearUnfinished deletes what interrupted downloads have left.
func (m *Models) ClearUnfinished() {
	m.background("", func(ctx context.Context, _ string) error { return m.store.ClearUnfinished(ctx) }, "")
}

// ClearCompiled deletes what Core ML has made ready for this system; it is made
// again when a model is used.
func (m *Models) ClearCompiled() {
	m.background("", func(ctx context.Context, _ string) error { return m.store.ClearCompiled(ctx) }, "")
}

// ClearDepths deletes the kept depth of films; it is estimated again when a
// film is converted again.
func (m *Models) ClearDepths() {
	if m.depths != nil {
		m.background("", func(context.Context, string) error { return m.depths.Clear() }, "")
	}
}

// ClearPrepared deletes what was made ready for this computer; it is made again
// when it is needed.
func (m *Models) ClearPrepared() {
	m.background("", func(context.Context, string) error { return m.made.Clear() }, "")
}

// background does something to a model off the caller's goroutine; well is
// what its row says when it went well.
func (m *Models) background(name string, do func(context.Context, string) error, well string) {
	m.mu.Lock()
	if m.checking[name] {
		m.mu.Unlock()
		return
	}
	m.checking[name] = true
	m.mu.Unlock()
	m.tell()
	m.wg.Go(func() {
		err := do(m.ctx, name)
		m.mu.Lock()
		delete(m.checking, name)
		delete(m.said, name)
		switch {
		case err != nil:
			p := m.words.Problem(err)
			m.said[name] = said{text: p.Title, tone: Bad, problem: p}
		case well != "":
			m.said[name] = said{text: m.words.T(well), tone: Good}
		}
		m.mu.Unlock()
		if rerr := m.Reload(); rerr != nil {
			m.tell()
		}
	})
}

// Close ends the downloads, which go on next time they are asked for, and
// waits for everything.
func (m *Models) Close() {
	m.cancel()
	m.wg.Wait()
}
