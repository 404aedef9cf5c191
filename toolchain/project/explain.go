package project

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Explain writes the section of the subset's page on a rule, by its number, to out: the same that the compiler's --explain shows.
func (p *Project) Explain(rule string, out io.Writer) error {
	page, err := os.ReadFile(p.path(subsetPage))
	if err != nil {
		return err
	}
	var rules []string
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		title, _, _ := strings.Cut(section, "\n")
		number, _, numbered := strings.Cut(title, ":")
		if !numbered {
			continue
		}
		if strings.EqualFold(number, rule) {
			_, err := fmt.Fprintf(out, "## %s\n", strings.TrimSpace(section))
			return err
		}
		rules = append(rules, title)
	}
	return fmt.Errorf("the subset has no rule %s; its rules are\n  %s\n(E0308 and the like are the language's: `rustc --explain`)", rule, strings.Join(rules, "\n  "))
}
