//go:build !darwin

package models

// OSBuild is empty where there is no Core ML.
func OSBuild() string { return "" }
