package viewmodel

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"spatialmaker/processor/models"
)

func openModels(t *testing.T) (*Models, *fakeStore) {
	t.Helper()
	s := newFakeStore()
	m := NewModels(s, nil, nil, false, english(t))
	t.Cleanup(m.Close)
	if err := m.Reload(); err != nil {
		t.Fatal(err)
	}
	return m, s
}

func rowOf(m *Models, name string) ModelRow {
	for _, r := range m.State().Rows {
		if r.Name == name {
			return r
		}
	}
	return ModelRow{}
}

func TestModelsAreListedByUse(t *testing.T) {
	m, _ := openModels(t)
	var names []string
	for _, r := range m.State().Rows {
		names = append(names, r.Name)
	}
	// installed, recommended, the rest; Core ML only where it runs
	if want := []string{"tiny", "fine", "huge"}; !slices.Equal(names, want) {
		t.Errorf("listed %v, want %v", names, want)
	}
	fine, huge := rowOf(m, "fine"), rowOf(m, "huge")
	if !fine.Recommended || fine.Consent != "" || !fine.CanLoad || fine.Detail != "99.0 MB to download" {
		t.Errorf("fine %+v", fine)
	}
	if huge.Recommended || huge.Consent != "not for money" {
		t.Errorf("huge %+v", huge)
	}
	m.Load("huge", true) // one that is on its way does not sink below
	if rows := m.State().Rows; rows[1].Name != "huge" {
		t.Errorf("while huge is fetched, %s stands before it", rows[1].Name)
	}
	if tiny := rowOf(m, "tiny"); tiny.CanRemove || tiny.CanLoad || !tiny.CanVerify {
		t.Errorf("the shipped one %+v", tiny)
	}
}

func TestASizeThatNobodyKnows(t *testing.T) {
	m, s := openModels(t)
	s.change("fine", func(x *models.Model) { x.Bytes = 0 })
	s.change("huge", func(x *models.Model) { x.BytesExact = false })
	if err := m.Reload(); err != nil {
		t.Fatal(err)
	}
	fine, huge := rowOf(m, "fine"), rowOf(m, "huge")
	if fine.Recommended || fine.Size != "" || strings.Contains(fine.Detail, "0 B") {
		t.Errorf("of unknown size %+v", fine)
	}
	if !strings.HasPrefix(huge.Size, "about ") {
		t.Errorf("of a size about known %+v", huge)
	}
}

// What the catalogue says in English is said in every other language too.
func TestModelsAreToldInEveryLanguage(t *testing.T) {
	for _, code := range Languages()[1:] {
		w, err := NewWords(code)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range models.DefaultCatalogue().Models {
			x := models.Model{Name: e.Name, Good: e.Good}
			if got := w.good(&x); got == e.Good {
				t.Errorf("%s has no words for what %s is good for: %q", code, e.Name, got)
			}
		}
		for id, l := range models.DefaultCatalogue().Licences {
			l.ID = id
			if got := w.consent(&l); got == l.Summary {
				t.Errorf("%s has no words for the licence %s", code, id)
			}
		}
	}
}

func TestModelDownload(t *testing.T) {
	m, s := openModels(t)
	lists := make(chan []ModelChoice, 10)
	m.OnList(func(l []ModelChoice) { lists <- l })
	m.Load("fine", false)
	m.Load("fine", false) // twice is once
	r := rowOf(m, "fine")
	if !r.Loading || r.CanLoad || r.Detail != "10.0 MB of 99.0 MB · 4.0 MB/s · 20 s left" {
		t.Errorf("loading %+v", r)
	}
	m.Pause("fine", true)
	if r = rowOf(m, "fine"); !r.Paused || !strings.HasPrefix(r.Detail, "Paused") {
		t.Errorf("paused %+v", r)
	}
	m.Pause("fine", false)
	d := s.download("fine")
	if want := []string{"pause", "resume"}; !slices.Equal(d.called, want) {
		t.Errorf("called %v", d.called)
	}
	s.install("fine", true)
	d.end <- nil
	list := <-lists // it is told as soon as the download has ended
	eventually(t, "the installed model", m.OnChange, func() bool { return rowOf(m, "fine").Installed })
	r = rowOf(m, "fine")
	if r.Loading || !r.CanRemove || m.Loading() {
		t.Errorf("installed %+v", r)
	}
	if list[0].Name != "fine" || !list[0].Installed {
		t.Errorf("the picker was told %+v", list)
	}
	for _, r := range m.State().Rows {
		if r.Recommended {
			t.Errorf("%s is still recommended", r.Name)
		}
	}
}

func TestModelDownloadFails(t *testing.T) {
	m, s := openModels(t)
	m.Load("fine", false)
	s.download("fine").end <- errors.Join(errors.New("fetch fine"), models.ErrHash)
	eventually(t, "the failure", m.OnChange, func() bool { return rowOf(m, "fine").Problem != nil })
	r := rowOf(m, "fine")
	if r.Loading || !r.CanLoad || r.Tone != Bad || r.Problem.Title != "What came is not the model" || r.Problem.Next == "" {
		t.Errorf("failed %+v", r)
	}
	m.Load("fine", false)
	if r = rowOf(m, "fine"); r.Problem != nil || !r.Loading {
		t.Errorf("tried again %+v", r)
	}
	m.Cancel("fine")
	eventually(t, "the end", m.OnChange, func() bool { return !rowOf(m, "fine").Loading })
	if r = rowOf(m, "fine"); r.Problem != nil {
		t.Errorf("cancelling is told as an error: %+v", r.Problem)
	}
}

func TestModelVerifyAndRemove(t *testing.T) {
	m, s := openModels(t)
	s.verifyErr = models.ErrHash
	m.Verify("tiny")
	eventually(t, "the result", m.OnChange, func() bool { return rowOf(m, "tiny").Problem != nil })
	s.verifyErr = nil
	m.Verify("tiny")
	eventually(t, "a good result", m.OnChange, func() bool {
		r := rowOf(m, "tiny")
		return r.Problem == nil && r.Tone == Good && strings.HasPrefix(r.Detail, "Checked")
	})
	s.install("fine", true)
	if err := m.Reload(); err != nil {
		t.Fatal(err)
	}
	m.Remove("fine")
	eventually(t, "removal", m.OnChange, func() bool { return rowOf(m, "fine").CanLoad })
}

func TestModelsCloseEndsDownloads(t *testing.T) {
	s := newFakeStore()
	m := NewModels(s, nil, nil, false, english(t))
	if err := m.Reload(); err != nil {
		t.Fatal(err)
	}
	m.Load("fine", false)
	m.Close()
	if err := s.download("fine").ctx.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("the download goes on: %v", err)
	}
}

func TestModelsWithoutAStore(t *testing.T) {
	m := NewModels(nil, nil, nil, false, english(t))
	defer m.Close()
	m.Load("fine", false)
	if err := m.Reload(); err != nil || len(m.State().Rows) != 0 {
		t.Errorf("rows %v, %v", m.State().Rows, err)
	}
}
