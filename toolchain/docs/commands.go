package docs

import (
	"regexp"
	"strings"
)

var (
	word       = regexp.MustCompile(`(?:"[^"]*"|'[^']*'|[^\s;|&"'])+|[;|&]+`)
	assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	substitute = regexp.MustCompile(`\$\(((?:go tool )?mage [^)]*)\)`)
)

// Commands returns the words of the commands of a line of shell: of each part of a list or a pipe, and of those whose output others take,
// without the variables that are set for them. There are none in a comment.
func Commands(line string) (commands [][]string) {
	line, _, _ = strings.Cut(" "+line, " #")
	for _, m := range substitute.FindAllStringSubmatch(line, -1) {
		commands = append(commands, Commands(m[1])...)
	}
	var words []string
	for _, w := range append(word.FindAllString(substitute.ReplaceAllString(line, "X"), -1), ";") {
		if i := strings.LastIndex(w, "$("); len(words) == 0 && i > 0 && assignment.MatchString(w) {
			w = w[i+2:]
		}
		switch {
		case strings.Trim(w, ";|&") != "" && (len(words) > 0 || !assignment.MatchString(w)):
			words = append(words, strings.NewReplacer(`"`, "", "'", "").Replace(w))
		case strings.Trim(w, ";|&") == "" && len(words) > 0:
			commands, words = append(commands, words), nil
		}
	}
	return commands
}

// Mage tells whether a command is one of mage's, and what it is given.
func Mage(words []string) (yes bool, args []string) {
	switch {
	case words[0] == "mage":
		return true, words[1:]
	case words[0] != "go":
		return false, nil
	}
	rest := words[1:]
	if len(rest) > 2 && rest[0] == "-C" {
		rest = rest[2:]
	}
	if len(rest) > 1 && rest[0] == "tool" && rest[1] == "mage" {
		return true, rest[2:]
	}
	return false, nil
}
