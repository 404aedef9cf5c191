package kernel

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// changes says of a user's configuration which settings Rex asks for, and what else is not as the user has it.
func (b *Build) changes(config string) (string, error) {
	base, err := readConfig(b.Base)
	if err != nil {
		return "", err
	}
	got, err := readConfig(config)
	if err != nil {
		return "", err
	}
	why := map[string]string{}
	var asked strings.Builder
	for _, f := range b.Fragments {
		fragment, err := readConfig(f)
		if err != nil {
			return "", err
		}
		for _, name := range slices.Sorted(maps.Keys(fragment)) {
			why[name] = filepath.Base(f)
			fmt.Fprintf(&asked, "%s=%s (%s)\n", name, shown(fragment[name]), filepath.Base(f))
		}
	}
	var changed strings.Builder
	count := 0
	for _, name := range slices.Sorted(maps.Keys(union(base, got))) {
		before, after := base[name], got[name]
		if before.value == after.value || strings.HasPrefix(name, "CONFIG_CC_") || strings.HasSuffix(name, "_VERSION") {
			continue // the compiler's own
		}
		reason := why[name]
		if reason == "" {
			reason = "Kconfig: it follows from others, or this kernel has another choice"
		}
		count++
		fmt.Fprintf(&changed, "%s: %s, was %s (%s)\n", name, shown(after), shown(before), reason)
	}
	return fmt.Sprintf("Rex asks for:\n%s\n%d settings differ from %s:\n%s", asked.String(), count, filepath.Base(b.Base), changed.String()), nil
}

func union(a, b map[string]setting) map[string]setting {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func shown(s setting) string {
	if s.value == "" {
		return "n"
	}
	return s.value
}
