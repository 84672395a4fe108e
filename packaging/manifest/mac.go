package main

import (
	"fmt"
	"io"
	"strings"
)

// systemMin is what the bridge's Swift is compiled for, as MACOSX_DEPLOYMENT_TARGET
// in the Makefile.
const systemMin = "14.0"

// utis names Apple's type of each MIME type the program opens.
var utis = map[string]string{
	"image/jpeg":       "public.jpeg",
	"image/png":        "public.png",
	"image/webp":       "org.webmproject.webp",
	"image/tiff":       "public.tiff",
	"image/bmp":        "com.microsoft.bmp",
	"image/gif":        "com.compuserve.gif",
	"image/heic":       "public.heic",
	"image/heif":       "public.heif",
	"image/avif":       "public.avif",
	"image/jxl":        "public.jpeg-xl",
	"video/mp4":        "public.mpeg-4",
	"video/quicktime":  "com.apple.quicktime-movie",
	"video/x-matroska": "org.matroska.mkv",
	"video/webm":       "org.webmproject.webm",
	"video/mp2t":       "public.mpeg-2-transport-stream",
	"video/x-msvideo":  "public.avi",
}

// foreign are types that macOS may not know and that are therefore declared.
var foreign = []struct{ uti, about, mime, ext, kind string }{
	{"org.matroska.mkv", "Matroska video", "video/x-matroska", "mkv", "public.movie"},
	{"org.webmproject.webm", "WebM video", "video/webm", "webm", "public.movie"},
	{"public.jpeg-xl", "JPEG XL image", "image/jxl", "jxl", "public.image"},
}

// dict and list print a property list; keys keep the order they are given in.
type (
	pair struct {
		key   string
		value any
	}
	dict []pair
	list []any
)

func texts(s ...string) list {
	l := make(list, len(s))
	for i, v := range s {
		l[i] = v
	}
	return l
}

func (a *application) plist(w io.Writer) error {
	var photos, videos list
	for _, m := range a.mimeTypes() {
		uti, ok := utis[m]
		if !ok {
			return fmt.Errorf("no type of macOS is known for %s", m)
		}
		if strings.HasPrefix(m, "video/") {
			videos = append(videos, uti)
		} else {
			photos = append(photos, uti)
		}
	}
	document := func(name string, types list) dict {
		// Alternate: the program offers itself and takes no file type over.
		return dict{{"CFBundleTypeName", name}, {"CFBundleTypeRole", "Viewer"}, {"LSHandlerRank", "Alternate"}, {"LSItemContentTypes", types}}
	}
	var imported list
	for _, f := range foreign {
		imported = append(imported, dict{
			{"UTTypeIdentifier", f.uti},
			{"UTTypeDescription", f.about},
			{"UTTypeConformsTo", texts(f.kind)},
			{"UTTypeTagSpecification", dict{{"public.filename-extension", texts(f.ext)}, {"public.mime-type", texts(f.mime)}}},
		})
	}
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`)
	write(&b, "", dict{
		{"CFBundleInfoDictionaryVersion", "6.0"},
		{"CFBundlePackageType", "APPL"},
		{"CFBundleName", a.Details.Name},
		{"CFBundleDisplayName", a.Details.Name},
		{"CFBundleIdentifier", a.Details.ID},
		{"CFBundleExecutable", binary},
		{"CFBundleIconFile", "icon"},
		{"CFBundleShortVersionString", a.Details.Version},
		{"CFBundleVersion", fmt.Sprint(a.Details.Build)},
		{"CFBundleSupportedPlatforms", texts("MacOSX")},
		{"CFBundleDevelopmentRegion", "en"},
		{"LSMinimumSystemVersion", systemMin},
		{"LSApplicationCategoryType", "public.app-category.photography"},
		{"NSHighResolutionCapable", true},
		{"NSSupportsAutomaticGraphicsSwitching", true},
		{"NSHumanReadableCopyright", "MIT licence; see the licences folder inside the application"},
		{"CFBundleDocumentTypes", list{document("Photo", photos), document("Video", videos)}},
		{"UTImportedTypeDeclarations", imported},
	})
	b.WriteString("</plist>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func write(b *strings.Builder, indent string, v any) {
	switch v := v.(type) {
	case string:
		fmt.Fprintf(b, "%s<string>%s</string>\n", indent, escape(v))
	case bool:
		fmt.Fprintf(b, "%s<%t/>\n", indent, v)
	case list:
		b.WriteString(indent + "<array>\n")
		for _, e := range v {
			write(b, indent+"\t", e)
		}
		b.WriteString(indent + "</array>\n")
	case dict:
		b.WriteString(indent + "<dict>\n")
		for _, e := range v {
			fmt.Fprintf(b, "%s\t<key>%s</key>\n", indent, escape(e.key))
			write(b, indent+"\t", e.value)
		}
		b.WriteString(indent + "</dict>\n")
	default:
		panic(fmt.Sprintf("property list of %T", v))
	}
}
