package desktop

func chimeCommand() []string { return []string{"/usr/bin/afplay", "/System/Library/Sounds/Glass.aiff"} }
