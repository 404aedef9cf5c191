package conf

import (
	"slices"

	"github.com/pelletier/go-toml/v2/unstable"
)

// LineOf returns the line on which a text sets a key, or the table that has it; 1 if it does not.
func LineOf(text []byte, key ...string) int {
	p := &unstable.Parser{}
	p.Reset(text)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.Table && e.Kind != unstable.ArrayTable && e.Kind != unstable.KeyValue {
			continue
		}
		var names []string
		line := 0
		for parts := e.Key(); parts.Next(); {
			if line == 0 {
				line = p.Shape(parts.Node().Raw).Start.Line
			}
			names = append(names, string(parts.Node().Data))
		}
		if e.Kind != unstable.KeyValue {
			table = names
			continue
		}
		if full := slices.Concat(table, names); len(full) <= len(key) && slices.Equal(full, key[:len(full)]) {
			return line
		}
	}
	return 1
}
