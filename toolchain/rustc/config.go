package rustc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// expand fills in a bootstrap config: each ${NAME} becomes its value as the inside of a
// TOML string. Lines with a name whose value is empty are left out.
func expand(template string, values map[string]string) (string, error) {
	var out strings.Builder
	for i, line := range strings.SplitAfter(template, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			out.WriteString(line)
			continue
		}
		var unknown string
		drop := false
		line = os.Expand(line, func(name string) string {
			value, ok := values[name]
			if !ok {
				unknown = name
			}
			drop = drop || value == ""
			quoted := strconv.Quote(value)
			return quoted[1 : len(quoted)-1]
		})
		if unknown != "" {
			return "", fmt.Errorf("bootstrap config: line %d: ${%s} has no value", i+1, unknown)
		}
		if !drop {
			out.WriteString(line)
		}
	}
	return out.String(), nil
}
