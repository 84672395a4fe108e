package models

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// DefaultHome is the folder the program keeps things in (see cli.md):
// $SPATIALMAKER_HOME, else "~/Library/Application Support/Spatial Maker" on a
// Mac, else $XDG_DATA_HOME/spatialmaker, else ~/.local/share/spatialmaker.
func DefaultHome() (string, error) { return defaultHome(os.Getenv, runtime.GOOS) }

func defaultHome(getenv func(string) string, goos string) (string, error) {
	if dir := getenv("SPATIALMAKER_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := getenv("XDG_DATA_HOME"); goos != "darwin" && filepath.IsAbs(dir) {
		return filepath.Join(dir, "spatialmaker"), nil
	}
	home, err := userHome(getenv)
	if err != nil {
		return "", fmt.Errorf("no folder for models: %w (set SPATIALMAKER_HOME)", err)
	}
	if goos == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "Spatial Maker"), nil
	}
	return filepath.Join(home, ".local", "share", "spatialmaker"), nil
}

func userHome(getenv func(string) string) (string, error) {
	if dir := getenv("HOME"); dir != "" {
		return dir, nil
	}
	return os.UserHomeDir()
}

// shippedDirs lists where the models that come with the program may lie,
// likeliest first.
func shippedDirs(getenv func(string) string, exe string) []string {
	var dirs []string
	if lib := getenv("SPATIALMAKER_RUNTIME"); lib != "" {
		if st, err := os.Stat(lib); err == nil && st.IsDir() {
			dirs = append(dirs, lib)
		} else {
			dirs = append(dirs, filepath.Dir(lib))
		}
	}
	if exe != "" {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dir := filepath.Dir(exe)
		dirs = append(dirs,
			dir,
			filepath.Join(dir, "..", "Resources"), // Spatial Maker.app/Contents/{MacOS,Resources}
			filepath.Join(dir, "runtime"),         // build/spatialmaker beside build/runtime
			filepath.Join(dir, "build", "runtime"),
			filepath.Join(dir, "..", "build", "runtime"),
			filepath.Join(dir, "..", "share", "spatialmaker"))
	}
	return append(dirs, filepath.Join("build", "runtime"), "/usr/share/spatialmaker", "/usr/local/share/spatialmaker")
}

// earlierDirs lists the folders of the earlier tool.
func earlierDirs(getenv func(string) string) []string {
	var dirs []string
	if dir := getenv("SPATIAL_MAKER_CHECKPOINTS"); dir != "" {
		dirs = append(dirs, dir)
	}
	if home, err := userHome(getenv); err == nil {
		dirs = append(dirs, filepath.Join(home, ".spatial-maker", "checkpoints"))
	}
	return dirs
}
