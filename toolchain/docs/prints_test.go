package docs

import (
	"slices"
	"testing"
)

func TestMissing(t *testing.T) {
	const printed = "  probe-49 [001] 24.1: [hello::p] PID 4711 at 0xffff12\n  CALLS   12     0\nx.x.x.x: no such name\n"
	for name, test := range map[string]struct {
		block string
		want  []string
	}{
		"other numbers":    {"[hello::p] PID 49 at 0xabc\n", nil},
		"other blanks":     {" CALLS 3 1\n", nil},
		"lines left out":   {"...\n", nil},
		"a piece left out": {"x.x. ... .x: no such name\n", nil},
		"another word":     {"[hello::p] PID 49 in 0xabc\n", []string{"[hello::p] PID 49 in 0xabc"}},
		"one of two":       {"CALLS 1 1\nERRORS 1\n", []string{"ERRORS 1"}},
	} {
		if got := Missing(test.block, printed); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q; want %q", name, got, test.want)
		}
	}
}

func TestParse(t *testing.T) {
	p := Parse("page.md", "# A `b` c\n\nSee [it](other.md#x), `code that\ngoes on` and `[no](link)`.\n\n## A b c\n\n- item\n\n  ```sh terminal=2\n  one \\\n  two\n  ```\n\n```\nnothing\n```\n")
	if want := []string{"a-b-c", "a-b-c-1"}; !slices.Equal(p.Anchors, want) {
		t.Errorf("anchors are %q; want %q", p.Anchors, want)
	}
	if want := []Span{{3, "other.md#x"}}; !slices.Equal(p.Links, want) {
		t.Errorf("links are %v; want %v", p.Links, want)
	}
	if want := []Span{{1, "b"}, {3, "code that goes on"}, {4, "[no](link)"}}; !slices.Equal(p.Code, want) {
		t.Errorf("code is %v; want %v", p.Code, want)
	}
	if len(p.Blocks) != 2 || p.Blocks[0].Language != "sh" || p.Blocks[0].Value("terminal") != "2" || p.Blocks[0].Text != "one \\\ntwo\n" || p.Blocks[1].Language != "" {
		t.Fatalf("blocks are %+v", p.Blocks)
	}
	if want := []Span{{11, "one two"}}; !slices.Equal(p.Blocks[0].Lines(), want) {
		t.Errorf("lines are %v; want %v", p.Blocks[0].Lines(), want)
	}
}

func TestCommandsOfALine(t *testing.T) {
	for line, want := range map[string][][]string{
		"# nothing":                                    nil,
		"A=1 go test ./x  # why":                       {{"go", "test", "./x"}},
		"mage graph -dot | dot -Tsvg":                  {{"mage", "graph", "-dot"}, {"dot", "-Tsvg"}},
		`eval "$(go tool mage env)"`:                   {{"go", "tool", "mage", "env"}, {"eval", "X"}},
		`REX_TEST_ONLY='with a lock' mage test:kernel`: {{"mage", "test:kernel"}},
		"cp -r a b && cd b":                            {{"cp", "-r", "a", "b"}, {"cd", "b"}},
	} {
		if got := Commands(line); !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: got %q; want %q", line, got, want)
		}
	}
}
