package models

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
)

// List returns every model known here: the catalogue in its order, then models
// brought by hand, by name. Installed ones carry their path.
func (s *Store) List() ([]Model, error) {
	recs, err := s.receipts()
	if err != nil {
		return nil, err
	}
	all := make([]Model, 0, len(s.cat.Models)+len(recs))
	for i := range s.cat.Models {
		e := &s.cat.Models[i]
		all = append(all, s.locate(e, recs[e.Name]))
	}
	var byHand []Model
	for name, r := range recs {
		if _, known := s.cat.Find(name); !known && r.Added != nil {
			byHand = append(byHand, s.added(r))
		}
	}
	slices.SortFunc(byHand, func(a, b Model) int { return cmp.Compare(a.Name, b.Name) })
	return append(all, byHand...), nil
}

// Recommended keeps of a List what a user chooses from: each family's default
// variant for this machine, and whatever is installed.
func (s *Store) Recommended(all []Model) []Model {
	offered := map[string]string{} // by family, the variant to offer
	for _, m := range s.runnable(all, Auto) {
		if _, ok := offered[m.Family]; !ok && m.Default {
			offered[m.Family] = m.Name
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(m Model) bool {
		return !m.Installed && offered[m.Family] != m.Name && m.URL != ""
	})
}

// locate says where the entry lies on this machine, if it does.
func (s *Store) locate(e *Entry, r *receipt) Model {
	m := s.cat.model(e)
	if r != nil {
		return s.stored(m, r)
	}
	if e.Shipped {
		for _, dir := range shippedDirs(s.cfg.Getenv, s.cfg.Exe) {
			if path := filepath.Join(dir, e.Main); sizeIs(path, e.Files[0].Bytes) {
				return at(m, path, Shipped)
			}
		}
	}
	for _, dir := range earlierDirs(s.cfg.Getenv) {
		for _, name := range e.Earlier {
			if path := filepath.Join(dir, name); whole(e, path) && !s.isAnother(e, path) {
				return at(m, path, Earlier)
			}
		}
	}
	return m
}

func (s *Store) stored(m Model, r *receipt) Model {
	m = at(m, filepath.Join(s.contentPath(r.Content), filepath.FromSlash(r.Main)), InStore)
	m.Bytes, m.BytesExact = r.bytes(), true
	published := map[string]string{}
	for _, f := range m.Files {
		published[f.Name] = f.URL
	}
	m.Files = make([]File, len(r.Files))
	var largest kept
	for i, k := range r.Files {
		m.Files[i] = File{Name: k.Name, Bytes: k.Bytes, SHA256: k.SHA256, URL: published[k.Name]}
		if k.Bytes >= largest.Bytes {
			largest = k
		}
	}
	m.SHA256 = largest.SHA256
	return m
}

func (s *Store) added(r *receipt) Model {
	return s.stored(Model{
		Name: r.Name, Family: r.Name, Title: r.Added.Title, Good: "Brought by hand.",
		Backend: r.Added.Backend, Descriptor: r.Added.Descriptor, URL: r.Source, Rank: 1,
	}, r)
}

func at(m Model, path string, from Origin) Model {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	m.Installed, m.Path, m.Origin = true, path, from
	return m
}

func sizeIs(path string, n int64) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && (n == 0 || st.Size() == n)
}

// isAnother reports whether path is exactly the files of another entry that
// goes by the same name in the earlier tool's folders.
func (s *Store) isAnother(e *Entry, path string) bool {
	if len(e.Files) > 0 {
		return false
	}
	for i := range s.cat.Models {
		o := &s.cat.Models[i]
		if len(o.Files) > 0 && slices.Contains(o.Earlier, filepath.Base(path)) && whole(o, path) {
			return true
		}
	}
	return false
}
