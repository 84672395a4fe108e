package processor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"spatialmaker/coreml"
	"spatialmaker/processor/depth"
	"spatialmaker/processor/media"
	"spatialmaker/processor/models"
	"spatialmaker/processor/pack"
)

// Errors of the engine itself.
var (
	ErrDepthAspect = errors.New("the depth map has another shape than the picture")
	ErrOwnInput    = errors.New("the output would be the input itself")
	ErrPhotosOnly  = errors.New("this format is not for videos")
)

// Explanation is an error in words for a user: what kind it is (a fixed word
// for scripts), what happened, and what to do next.
type Explanation struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// hints maps causes to their word and next step; the first that errors.Is
// matches counts, so special causes come before general ones.
var hints = []struct {
	is   error
	kind string
	hint string
}{
	{context.Canceled, "cancelled", "start it again when you like"},
	{ErrOption, "usage", "see spatialmaker help"},
	{ErrDepthAspect, "depth-map", "give a depth map made from this picture, uncropped"},
	{ErrEmptyFolder, "empty-folder", "name a folder with photos, or add --recursive to look inside its folders"},
	{ErrOwnInput, "own-input", "choose another name or folder with --output"},
	{ErrPhotosOnly, "unsupported", "choose another --format for videos"},
	{ErrNoSpatial, "unsupported", "choose --format sbs, which headsets play, or mpo for photos, or convert on such a Mac"},
	{ErrDepthFrames, "depth-map", "give a map for every frame of the video"},
	{ErrDamaged, "damaged", "copy the video again from its source if there is a better one"},
	{media.ErrAlready3D, "already-3d", "add --even-3d to convert it all the same"},
	{media.ErrNoDepth, "no-depth", "leave --depth-from at auto, which asks the model where there is none"},
	{media.ErrNoFFmpeg, "no-ffmpeg", "install ffmpeg (brew install ffmpeg, apt install ffmpeg)"},
	{media.ErrNoEncoder, "no-encoder", "choose another --codec, or another ffmpeg with " + media.FFmpegEnv},
	{media.ErrNoVideo, "no-video", "give a file with pictures in it"},
	{media.ErrChangedInput, "changed", "leave the file where it is until it is converted"},
	{media.ErrFrameCount, "failed", "run it again with --no-resume"},
	{media.ErrFrameTime, "failed", "run it again with --no-resume"},
	{media.ErrExists, "exists", "add --overwrite to replace it or --skip-existing to leave it"},
	{media.ErrWritten, "failed", "run it again, or choose a folder on another disk with --output"},
	{media.ErrDiskFull, "disk-full", "free some space or choose another folder with --output"},
	{coreml.ErrDiskFull, "disk-full", "free some space, or set SPATIALMAKER_HOME to a folder on another disk"},
	{media.ErrEmpty, "empty", "copy it again from its source"},
	{media.ErrUnknownKind, "not-media", "give a photo or a video; the content counts, not the name"},
	{media.ErrTruncated, "truncated", "the end of the file is missing: copy it again from its source"},
	{media.ErrCorrupt, "corrupt", "open it in another program and save it anew"},
	{media.ErrTooLarge, "too-large", "raise --max-pixels if you trust the file and have the memory"},
	{media.ErrUnsupported, "unsupported", "save it as JPEG or PNG first"},
	{media.ErrNotRegular, "not-a-file", "give an ordinary file or a folder"},
	{depth.ErrNoRuntime, "no-runtime", "run make run once in the source folder, or install the program again"},
	{depth.ErrOldRuntime, "old-runtime", "run make run once in the source folder, or install the program again"},
	{depth.ErrNotDepthModel, "bad-model", "choose another model: spatialmaker models list"},
	{depth.ErrBadOutput, "bad-model", "choose another model: spatialmaker models list"},
	{models.ErrUnknownModel, "no-model", "see spatialmaker models list, or name a model file"},
	{models.ErrNotInstalled, "no-model", "see spatialmaker models list"},
	{models.ErrNoModel, "no-model", "see spatialmaker models list"},
	{models.ErrNoFile, "no-model", "see spatialmaker models list"},
	{models.ErrLicence, "licence", "read it, then add --accept-licence"},
	{models.ErrNoSpace, "disk-full", "free some space, or set SPATIALMAKER_HOME to a folder on another disk"},
	{models.ErrReadOnly, "permission", "make the folder writable, or set SPATIALMAKER_HOME to another one"},
	{models.ErrNotOurs, "not-ours", "remove it where it came from"},
	{models.ErrIncomplete, "bad-model", "remove it and download it again"},
	{models.ErrWebPage, "download", "open any page in a browser: the network may want a login first"},
	{models.ErrChanged, "download", "see spatialmaker models remove --help"},
	{models.ErrHash, "download", "try again; if it stays so, the file at that address is not the one this program knows"},
	{models.ErrSize, "download", "try again; if it stays so, the file at that address is not the one this program knows"},
	{models.ErrArchive, "bad-archive", "fetch the archive again from its source"},
	{models.ErrNotFound, "download", "try again later, or choose another variant: spatialmaker models list --all"},
	{models.ErrDenied, "download", "if the model needs a login, set HF_TOKEN"},
	{models.ErrBusy, "download", "try again later: what came is kept"},
	{models.ErrUnreachable, "download", "check the network connection and run the same command again: what came is kept"},
	{models.ErrStalled, "download", "check the connection and run the same command again: what came is kept"},
	{models.ErrHost, "download", "unset HF_ENDPOINT, or choose another variant: spatialmaker models list --all"},
	{models.ErrNotDepth, "bad-model", "choose another model: spatialmaker models list"},
	{media.ErrNotGray, "depth-map", "give a grey picture as the depth map"},
	{media.ErrNoPair, "layout", "if it holds both eyes, say with --layout how they are arranged"},
	{pack.ErrUnnamed, "layout", "say it with --layout"},
	{fs.ErrNotExist, "not-found", "check the path"},
	{fs.ErrPermission, "permission", "check who may read the file and write to the folder"},
}

// Explain puts an error into words. It never returns empty fields.
func Explain(err error) Explanation {
	x := Explanation{Kind: "failed", Message: oneLine(err), Hint: "run it again with -v and report what it says"}
	for _, h := range hints {
		if errors.Is(err, h.is) {
			x.Kind, x.Hint = h.kind, h.hint
			break
		}
	}
	// An error may know a better next step than its kind does.
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		x.Hint = hinted.Hint()
	}
	return x
}

// Line is the explanation on one line: message; next step.
func (x Explanation) Line() string {
	return fmt.Sprintf("%s; %s", x.Message, x.Hint)
}

// oneLine flattens an error's text: causes from libraries may hold newlines.
func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
