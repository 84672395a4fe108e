package desktop

func openCommand(path string) []string { return []string{"open", path} }

func revealCommands(path string) [][]string { return [][]string{{"open", "-R", path}} }
