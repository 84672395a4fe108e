package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"time"
)

// consent is one accepted licence. The text's hash makes a changed licence ask
// again.
type consent struct {
	When time.Time `json:"when"`
	Text string    `json:"text_sha256"`
}

func (s *Store) consentPath() string { return filepath.Join(s.root, "licences.json") }

// consentKey covers a family under one licence: whoever accepted it for Base
// is not asked again for Base with 8-bit weights.
func consentKey(m Model) string { return m.Family + " " + m.Licence.ID }

func textHash(l Licence) string {
	sum := sha256.Sum256([]byte(l.Text))
	return hex.EncodeToString(sum[:])
}

// NeedsConsent reports whether the model's licence restricts its use and was
// not accepted yet, by a front end's question or --accept-licence.
func (s *Store) NeedsConsent(m Model) bool {
	if m.Licence.Name == "" || m.Licence.Commercial {
		return false
	}
	all := map[string]consent{}
	if err := readJSON(s.consentPath(), &all); err != nil {
		return true // asking twice is the safe side
	}
	return all[consentKey(m)].Text != textHash(m.Licence)
}

// Accept records that the user accepted the model's licence.
func (s *Store) Accept(ctx context.Context, m Model) error {
	release, err := s.lockStore(ctx)
	if err != nil {
		return err
	}
	defer release()
	all := map[string]consent{}
	if err := readJSON(s.consentPath(), &all); err != nil {
		all = map[string]consent{}
	}
	all[consentKey(m)] = consent{When: time.Now().UTC(), Text: textHash(m.Licence)}
	return writeJSON(s.consentPath(), all)
}
