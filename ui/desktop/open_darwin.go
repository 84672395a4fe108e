package desktop

func openCommand(path string) []string   { return []string{"open", "--", path} }
func revealCommand(path string) []string { return []string{"open", "-R", "--", path} }
