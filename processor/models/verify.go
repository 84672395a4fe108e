package models

import (
	"context"
	"fmt"
)

// Check is what Verify found of one model.
type Check struct {
	Model Model
	// Err is nil when everything is as it should be; it matches ErrHash,
	// ErrIncomplete or an error of the disk.
	Err error
	// Unproven says that no hash is known to compare with: only the structure
	// of the files was looked at.
	Unproven bool
}

// Verify reads installed models and compares them with the hashes of their
// receipts and of the catalogue; no name means all of them. Naming a model that
// is not installed is an error.
func (s *Store) Verify(ctx context.Context, name string) ([]Check, error) {
	var todo []Model
	if name != "" {
		m, err := s.Resolve(name, Auto)
		if err != nil {
			return nil, err
		}
		todo = []Model{m}
	} else {
		all, err := s.List()
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			if m.Installed {
				todo = append(todo, m)
			}
		}
	}
	checks := make([]Check, 0, len(todo))
	for _, m := range todo {
		c := s.verifyModel(ctx, m)
		if err := context.Cause(ctx); err != nil {
			return checks, err
		}
		checks = append(checks, c)
	}
	return checks, nil
}

func (s *Store) verifyModel(ctx context.Context, m Model) Check {
	c := Check{Model: m}
	e, known := s.cat.Find(m.Name)
	switch {
	case m.Origin == InStore:
		c.Err = s.verifyStored(ctx, m, e)
		c.Unproven = false
	case known && e.Backend == ONNX && e.Files[0].SHA256 != "":
		sum, _, err := hashFile(ctx, m.Path, nil)
		if c.Err = err; err == nil && sum != e.Files[0].SHA256 {
			c.Err = wrongHash(e.Files[0].SHA256, sum)
		}
	case known && e.Backend == CoreML && len(e.Files) > 0:
		files, err := hashTree(ctx, m.Path, nil)
		for i := range files {
			files[i].Name = e.Main + "/" + files[i].Name
		}
		if c.Err = err; err == nil {
			c.Err = matches(files, e.Files)
		}
	default:
		c.Unproven = true
		c.Err = usable(m.Backend, m.Path)
	}
	if c.Err == nil {
		return c
	}
	c.Err = fmt.Errorf("%s: %w", m.Path, c.Err)
	if m.Origin == InStore {
		c.Err = withHint(c.Err, "spatialmaker models remove %s, then fetch or add it again", m.Name)
	}
	return c
}

// verifyStored holds a model of the store against its receipt, and the receipt
// against the catalogue.
func (s *Store) verifyStored(ctx context.Context, m Model, e *Entry) error {
	r, err := s.readReceipt(m.Name)
	if err != nil {
		return err
	}
	files, err := hashTree(ctx, s.contentPath(r.Content), nil)
	if err != nil {
		return err
	}
	if id := contentID(files); id != r.Content {
		return s.difference(r, files)
	}
	if e != nil {
		return matches(files, e.Files)
	}
	return nil
}

// difference names the first file that is not what the receipt says.
func (s *Store) difference(r *receipt, files []kept) error {
	there := map[string]kept{}
	for _, k := range files {
		there[k.Name] = k
	}
	for _, k := range r.Files {
		got, ok := there[k.Name]
		switch {
		case !ok:
			return fmt.Errorf("%w: %s is missing", ErrIncomplete, k.Name)
		case got.SHA256 != k.SHA256:
			return fmt.Errorf("%s: %w", k.Name, wrongHash(k.SHA256, got.SHA256))
		}
		delete(there, k.Name)
	}
	for name := range there {
		return fmt.Errorf("%w: %s does not belong to it", ErrHash, name)
	}
	return ErrHash
}
