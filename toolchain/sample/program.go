package sample

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"rex/toolchain/conf"
	"rex/toolchain/vm/guest"
)

// table is the long form of a command line in sample.toml.
type table struct {
	Program   string   `toml:"program"` // empty for the one that is found
	Args      []string `toml:"args"`
	Exit      *int     `toml:"exit"`
	Namespace string   `toml:"namespace"`
}

// program reads what sample.toml says of a program: a command line, or a table. status is what stands beside it.
func program(text []byte, key string, said any, status *int) (guest.Program, error) {
	var c table
	at := func(err error, below ...string) error {
		return &conf.Error{Line: conf.LineOf(text, append([]string{key}, below...)...), Err: err}
	}
	switch said := said.(type) {
	case nil:
	case []any:
		var line []string
		for _, word := range said {
			w, ok := word.(string)
			if !ok {
				return guest.Program{}, at(fmt.Errorf("%s has a word that is no text: %v", key, word))
			}
			line = append(line, w)
		}
		if len(line) > 0 {
			c.Program, c.Args = line[0], line[1:]
		}
	case map[string]any:
		// Once more, strictly.
		again, err := toml.Marshal(said)
		if err != nil {
			return guest.Program{}, at(err)
		}
		if err := conf.Decode(again, &c); err != nil {
			wrong := err.(*conf.Error) // of the table as it was written again
			return guest.Program{}, at(fmt.Errorf("%s: %w; it takes program, args, exit and namespace", key, wrong.Err))
		}
	default:
		return guest.Program{}, at(fmt.Errorf("%s = %v; it takes a command line, as in %s = [\"./%s\", \"-v\"], or a table with args and exit", key, said, key, key))
	}
	if status != nil && c.Exit != nil {
		return guest.Program{}, at(fmt.Errorf("%s_status says the same as exit; one of them is enough", key), "exit")
	}
	below := "exit"
	if status == nil {
		status = c.Exit
	} else {
		key, below = key+"_status", ""
	}
	p := guest.Program{Path: c.Program, Args: c.Args, Namespace: c.Namespace}
	if status != nil {
		if p.Status = *status; p.Status < 0 || p.Status > 255 {
			return p, &conf.Error{Line: conf.LineOf(text, slices.DeleteFunc([]string{key, below}, func(k string) bool { return k == "" })...),
				Err: fmt.Errorf("status = %d; a program ends with 0 to 255", p.Status)}
		}
	}
	return p, nil
}

// Names of files and of crate features, as cargo has them.
var (
	objectName  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	featureName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_+./-]*$`)
)

// CheckFeatures refuses what cannot be names of features.
func CheckFeatures(features []string) error {
	for _, f := range features {
		if !featureName.MatchString(f) {
			return fmt.Errorf("%q cannot be the name of a feature", f)
		}
	}
	return nil
}

func (s *Sample) checkCrate(text []byte) error {
	if s.Object != "" && !objectName.MatchString(s.Object) {
		return &conf.Error{Line: conf.LineOf(text, "object"), Err: fmt.Errorf("object = %q; it takes the name of a file, which loaders look for in ./target/%s/release", s.Object, Target)}
	}
	if err := CheckFeatures(s.Features); err != nil {
		return &conf.Error{Line: conf.LineOf(text, "features"), Err: fmt.Errorf("features: %w", err)}
	}
	return nil
}

// has tells whether a list of pairs of devices makes a namespace.
func has(veths []guest.Veth, namespace string) bool {
	return slices.ContainsFunc(veths, func(v guest.Veth) bool { return v.Namespace == namespace })
}

// listOf is for people.
func listOf(veths []guest.Veth) string {
	if len(veths) == 0 {
		return "there is no [[veth]] that makes one"
	}
	var names []string
	for _, v := range veths {
		names = append(names, v.Namespace)
	}
	return "there are: " + strings.Join(names, ", ")
}
