package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

const (
	binary  = "spatialmaker"
	summary = "Turn photos and videos into stereoscopic 3D"
	// The project has no address of its own yet; Debian demands one.
	maintainer = "The Spatial Maker developers <spatialmaker@localhost.invalid>"
)

// paragraphs tell what the program is, to software centres and package lists.
var paragraphs = []string{
	"Spatial Maker estimates how far away everything in a photo or a video is, and renders a left and a right eye from it.",
	"The result can be seen in VR headsets, on 3D screens or with red and cyan glasses: side by side, top and bottom, anaglyph and more, with sound, subtitles, times and metadata kept.",
	"Everything is computed on this machine; no picture leaves it.",
}

// desktop follows the freedesktop.org Desktop Entry Specification 1.4.
func (a *application) desktop(w io.Writer) error {
	l := a.LinuxAndBSD
	_, err := fmt.Fprintf(w, `[Desktop Entry]
Version=1.4
Type=Application
Name=%s
GenericName=%s
Comment=%s
Exec=%s %%F
TryExec=%s
Icon=%s
Terminal=false
StartupNotify=true
StartupWMClass=%s
Categories=%s;
Keywords=%s;
MimeType=%s;
`, a.Details.Name, l.GenericName, l.Comment, binary, binary, a.Details.ID, a.Details.Name,
		strings.Join(l.Categories, ";"), strings.Join(l.Keywords, ";"), a.CanOpen.MimeTypes)
	return err
}

func escape(s string) string {
	var b bytes.Buffer
	// Writing to a bytes.Buffer cannot fail.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// metainfo follows the freedesktop.org AppStream specification 0.16.
func (a *application) metainfo(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<component type="desktop-application">
  <id>%[1]s</id>
  <metadata_license>MIT</metadata_license>
  <project_license>MIT</project_license>
  <name>%[2]s</name>
  <summary>%[3]s</summary>
  <developer_name>The Spatial Maker developers</developer_name>
  <description>
`, a.Details.ID, escape(a.Details.Name), escape(a.LinuxAndBSD.Comment))
	for _, p := range paragraphs {
		fmt.Fprintf(&b, "    <p>%s</p>\n", escape(p))
	}
	fmt.Fprintf(&b, `  </description>
  <launchable type="desktop-id">%[1]s.desktop</launchable>
  <provides>
    <binary>%[2]s</binary>
`, a.Details.ID, binary)
	for _, m := range a.mimeTypes() {
		fmt.Fprintf(&b, "    <mediatype>%s</mediatype>\n", escape(m))
	}
	b.WriteString("  </provides>\n  <content_rating type=\"oars-1.1\"/>\n  <releases>\n")
	for _, r := range a.releases {
		fmt.Fprintf(&b, "    <release version=%q date=%q>\n      <description>\n        <ul>\n", r.version, r.date)
		for _, c := range r.changes {
			fmt.Fprintf(&b, "          <li>%s</li>\n", escape(strings.ReplaceAll(c, "`", "")))
		}
		b.WriteString("        </ul>\n      </description>\n    </release>\n")
	}
	b.WriteString("  </releases>\n</component>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// control is that of a binary package, Debian Policy 5.3.
func (a *application) control(w io.Writer, arch, size, depends string) error {
	summary := a.LinuxAndBSD.Comment
	var b strings.Builder
	fmt.Fprintf(&b, `Package: %s
Version: %s
Architecture: %s
Maintainer: %s
Installed-Size: %s
Depends: %s
Recommends: ffmpeg, zenity
Section: video
Priority: optional
Description: %s
`, binary, a.Details.Version, arch, maintainer, size, depends, strings.ToLower(summary[:1])+summary[1:])
	for i, p := range paragraphs {
		if i > 0 {
			b.WriteString(" .\n")
		}
		for _, line := range wrap(p, 76) {
			b.WriteString(" " + line + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap breaks text into lines of at most width characters.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
