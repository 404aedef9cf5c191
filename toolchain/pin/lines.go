package pin

import (
	"bytes"
	"fmt"

	"github.com/pelletier/go-toml/v2/unstable"
)

// lines are those of a text's tables, by component, origin and file.
type lines map[string]int

// of returns the line of a component, of one of its origins, or of one of that one's files, both counted from 0; of what is
// around it if it has no line of its own.
func (l lines) of(name string, at ...int) int {
	for ; ; at = at[:len(at)-1] {
		if line, ok := l[fmt.Sprint(name, at)]; ok {
			return line
		}
		if len(at) == 0 {
			return 1
		}
	}
}

// tables finds them in a text that has been decoded without an error.
func tables(text []byte) lines {
	l := lines{}
	origins, files := map[string]int{}, map[string]int{}
	var parser unstable.Parser
	parser.Reset(text)
	for parser.NextExpression() {
		e := parser.Expression()
		if e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
			continue
		}
		var keys []string
		line := 0
		for k := e.Key(); k.Next(); {
			keys = append(keys, string(k.Node().Data))
			line = 1 + bytes.Count(text[:k.Node().Raw.Offset], []byte("\n"))
		}
		name, at := keys[0], []int{}
		switch len(keys) {
		case 2:
			files[name] = 0
			at = append(at, origins[name])
			origins[name]++
		case 3:
			at = append(at, origins[name]-1, files[name])
			files[name]++
		}
		if _, ok := l[fmt.Sprint(name, at)]; !ok {
			l[fmt.Sprint(name, at)] = line
		}
	}
	return l
}
