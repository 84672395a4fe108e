package viewmodel

import (
	"slices"

	"spatialmaker/processor/models"
)

// choices lists the models: installed ones, the recommended one and those that
// are on their way or failed to come, the rest, the best first in each group.
// m.mu is held.
func (m *Models) choices() []ModelChoice {
	out := make([]ModelChoice, 0, len(m.all))
	for _, x := range m.all {
		if x.Backend == models.CoreML && !m.coreml {
			continue
		}
		out = append(out, ModelChoice{
			Name: x.Name, Title: m.words.title(&x), Good: m.words.good(&x), Installed: x.Installed,
			Bytes: x.Bytes, Size: m.words.modelSize(&x),
			Licence: x.Licence.Name, Free: x.Licence.Commercial, Rank: x.Rank, Speed: m.speeds[x.Name],
			Usual: x.Default || x.Installed,
		})
	}
	if i := recommended(out); i >= 0 {
		out[i].Recommended = true
	}
	first := func(c *ModelChoice) int {
		switch {
		case c.Installed:
			return 0
		case c.Recommended || m.downloads[c.Name] != nil || m.said[c.Name].problem != nil:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b ModelChoice) int {
		if d := first(&a) - first(&b); d != 0 {
			return d
		}
		return b.Rank - a.Rank
	})
	return out
}

// recommendedBytes is the largest download that is offered to everyone.
const recommendedBytes = 150e6

// recommended finds the model to offer to who has only the shipped one: the
// best that is free to use and known not to be too large to fetch in a coffee
// break; -1 when one as good is installed.
func recommended(all []ModelChoice) int {
	best := -1
	for i, c := range all {
		if c.Free && c.Usual && c.Bytes > 0 && c.Bytes <= recommendedBytes && (best < 0 || c.Rank > all[best].Rank) {
			best = i
		}
	}
	for _, c := range all {
		if best >= 0 && c.Installed && c.Rank >= all[best].Rank {
			return -1
		}
	}
	return best
}

// good is what a model is good for, in the language in force where that has
// words of its own; the catalogue's are English.
func (w *Words) good(m *models.Model) string {
	if text := w.texts["model.good."+m.Name]; text != "" {
		return text
	}
	return m.Good
}

// title is a model's name; what tells variants apart in it is translated.
func (w *Words) title(m *models.Model) string {
	if text := w.texts["model.title."+m.Name]; text != "" {
		return text
	}
	return m.Title
}

// consent says what a licence asks for.
func (w *Words) consent(l *models.Licence) string {
	if text := w.texts["licence.summary."+l.ID]; text != "" {
		return text
	}
	return l.Summary
}

// modelSize is "99.1 MB", "about 99 MB" where nobody has published the exact
// size, and "" where nothing is known of it.
func (w *Words) modelSize(m *models.Model) string {
	switch {
	case m.Bytes <= 0:
		return ""
	case m.BytesExact:
		return w.Bytes(m.Bytes)
	}
	return w.T("model.about_size", "size", w.Bytes(m.Bytes))
}

// download is "12.3 of 99.1 MB · 4.1 MB/s · 20 s left".
func (w *Words) download(p *models.Progress) string {
	if p.Stage != models.StageDownloading && p.Stage != models.StagePaused {
		return w.T("download." + string(p.Stage))
	}
	line := w.Bytes(p.Done)
	if p.Total > 0 {
		line = w.T("download.of", "done", line, "total", w.Bytes(p.Total))
	}
	if p.Stage == models.StagePaused {
		return w.T("download.paused") + " · " + line
	}
	if p.Speed > 0 {
		line += " · " + w.T("download.speed", "speed", w.Bytes(int64(p.Speed)))
	}
	if left := w.Left(p.Left); left != "" {
		line += " · " + left
	}
	return line
}
