package desktop

// Chime plays the system's sound for finished work, where there is one.
func Chime() {
	if args := chimeCommand(); len(args) > 0 {
		_ = start(args) // a sound that cannot be heard is no failure
	}
}
