// Package desktop is what the window asks of the operating system: native
// file dialogs, showing a file in its folder, opening it, keeping the computer
// awake. It knows neither Fyne nor the engine.
package desktop
