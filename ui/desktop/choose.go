package desktop

import (
	"context"
	"errors"

	"github.com/ncruces/zenity"
)

// ErrNoDialogs means that the system has no program to draw native dialogs.
var ErrNoDialogs = errors.New("no native dialogs on this system")

// mediaPatterns are the names offered by the file dialog. What a file is
// decides its content; "all files" is offered too.
var mediaPatterns = []string{
	"*.jpg", "*.jpeg", "*.png", "*.heic", "*.heif", "*.avif", "*.webp", "*.tif", "*.tiff", "*.bmp", "*.gif", "*.jxl",
	"*.mp4", "*.m4v", "*.mov", "*.mkv", "*.webm", "*.avi", "*.ts", "*.mts",
}

// CanChoose says whether native dialogs can be shown.
func CanChoose() bool { return zenity.IsAvailable() }

// ChooseFiles lets the user choose files. None are returned when he thinks
// better of it.
func ChooseFiles(ctx context.Context, title, kind, all string) ([]string, error) {
	paths, err := zenity.SelectFileMultiple(zenity.Context(ctx), zenity.Title(title), zenity.FileFilters{
		{Name: kind, Patterns: mediaPatterns, CaseFold: true},
		{Name: all, Patterns: []string{"*"}},
	})
	return paths, tidy(err)
}

// ChooseFolder lets the user choose a folder, "" when he thinks better of it.
func ChooseFolder(ctx context.Context, title string) (string, error) {
	path, err := zenity.SelectFile(zenity.Context(ctx), zenity.Title(title), zenity.Directory())
	return path, tidy(err)
}

// ChooseFile lets the user choose one file of a kind, "" when he thinks better
// of it.
func ChooseFile(ctx context.Context, title, kind string, patterns []string, all string) (string, error) {
	path, err := zenity.SelectFile(zenity.Context(ctx), zenity.Title(title), zenity.FileFilters{
		{Name: kind, Patterns: patterns, CaseFold: true},
		{Name: all, Patterns: []string{"*"}},
	})
	return path, tidy(err)
}

func tidy(err error) error {
	if errors.Is(err, zenity.ErrCanceled) || errors.Is(err, context.Canceled) {
		return nil
	}
	if errors.Is(err, zenity.ErrUnsupported) {
		return ErrNoDialogs
	}
	return err
}
