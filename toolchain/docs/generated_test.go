package docs_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rex/toolchain/docs"
	"rex/toolchain/report"
	"rex/toolchain/site"
)

var update = flag.Bool("update", false, "write what pages have of the source anew")

// generated is a part of a page that is made of the source: <!-- rust: FILE GROUP... --> to <!-- end -->.
var generated = regexp.MustCompile(`(?s)(<!-- rust: (\S+) ([^\n]*?) -->\n).*?(<!-- end -->)`)

// What pages list of the runtime crate is what its source has: methods, with the first sentence of what it says of them.
func TestGenerated(t *testing.T) {
	listed, shown := map[string]bool{}, map[string]bool{}
	for _, p := range pages(t) {
		file := filepath.Join(root, p.File)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		now := generated.ReplaceAllStringFunc(string(text), func(part string) string {
			m := generated.FindStringSubmatch(part)
			var rows []row
			groups := strings.Fields(m[3])
			for _, group := range groups {
				group, only, one := strings.Cut(group, ".")
				found := members(t, m[2])[group]
				listed[m[2]+" "+group] = true
				n := len(rows)
				for _, r := range found {
					if one && !strings.HasPrefix(r.what, only+"(") {
						continue
					}
					if len(groups) > 1 && group != functions && !strings.HasSuffix(group, "_helpers") {
						r.what = group + "." + r.what
					}
					rows = append(rows, r)
				}
				if len(rows) == n {
					t.Errorf("%s: %s has nothing public in %s", p.File, m[2], group)
				}
			}
			table := "\n| | |\n| --- | --- |\n"
			for _, r := range rows {
				table += fmt.Sprintf("| `%s` | %s |\n", r.what, r.does)
			}
			return m[1] + table + "\n" + m[4]
		})
		now = header.ReplaceAllStringFunc(now, func(part string) string {
			m := header.FindStringSubmatch(part)
			return m[1] + "\n" + declarations(t, m[2]) + "\n" + m[3]
		})
		now = measured.ReplaceAllStringFunc(now, func(part string) string {
			m := measured.FindStringSubmatch(part)
			for _, name := range strings.Split(m[3], "; ") {
				shown[m[2]+" "+name] = true
			}
			return m[1] + "\n" + figures(t, m[2], m[3]) + "\n" + m[4]
		})
		if now == string(text) {
			continue
		}
		if !*update {
			t.Errorf("%s is not what the source says; run go test ./toolchain/docs -run TestGenerated -update", p.File)
		} else if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Nothing of what is measured is left out, and nothing of the crate's.
	for _, name := range names(t) {
		if !shown[name] {
			kind, rest, _ := strings.Cut(name, " ")
			t.Errorf("no page shows the figures of %s: <!-- %s: %[1]s -->", rest, kind)
		}
	}
	files, err := filepath.Glob(filepath.Join(root, "librex/rex/src/*.rs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimPrefix(file, root+"/")
		for group := range members(t, name) {
			if !listed[name+" "+group] && unlisted[filepath.Base(name)+" "+group] == "" {
				t.Errorf("no page lists %s of %s: <!-- rust: %[2]s %[1]s -->", group, name)
			}
		}
	}
}

// measured is a part of a page that is made of what was measured: <!-- race: ROW; ROW -->, or <!-- figures: SAMPLE -->.
var measured = regexp.MustCompile(`(?s)(<!-- (race|figures): ([^\n]*?) -->\n).*?(<!-- end -->)`)

// measurements are those that `mage bench:samples -json=... -samples=...` has left.
func measurements(t *testing.T) (races []report.Race, samples []report.Figures) {
	t.Helper()
	races, err := report.LoadRaces(filepath.Join(root, "kernel/bench/figures.json"))
	if err != nil {
		t.Fatal(err)
	}
	if samples, err = report.LoadFigures(filepath.Join(root, "kernel/bench/samples.json")); err != nil {
		t.Fatal(err)
	}
	return races, samples
}

// names are what there are figures of, by the kinds of marks that show them.
func names(t *testing.T) (names []string) {
	t.Helper()
	races, samples := measurements(t)
	for _, r := range races {
		names = append(names, "race "+r.Name)
	}
	for _, f := range samples {
		names = append(names, "figures "+f.Sample)
	}
	return names
}

// figures is a table of what was measured.
func figures(t *testing.T, kind, which string) string {
	t.Helper()
	races, samples := measurements(t)
	table := "| | Rex | eBPF |\n| --- | --- | --- |\n"
	for _, name := range strings.Split(which, "; ") {
		before := table
		for _, r := range races {
			if kind == "race" && r.Name == name {
				table += fmt.Sprintf("| %s | %s | %s |\n", r.Name, report.Short(r.Rex), report.Short(r.EBPF))
			}
		}
		for _, f := range samples {
			if kind == "figures" && f.Sample == name {
				for _, row := range f.Rows() {
					table += fmt.Sprintf("| %s | %s | %s |\n", row[0], row[1], row[2])
				}
			}
		}
		if table == before {
			t.Errorf("a page shows the figures of %s, which `mage bench:samples` does not measure", name)
		}
	}
	return table
}

// header is a part of a page that is made of a header in C.
var header = regexp.MustCompile(`(?s)(<!-- c: (\S+) -->\n).*?(<!-- end -->)`)

var declared = regexp.MustCompile(`(?s)/\*\n?(.*?)\*/\nLIBREX_API ([^;]+);`)

// declarations returns what a header declares, with what it says of each, as Markdown.
func declarations(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	found := declared.FindAllStringSubmatch(string(text), -1)
	for _, m := range found {
		// The comment is the last one before the declaration.
		said := m[1][strings.LastIndex(m[1], "/*")+1:]
		said = regexp.MustCompile(`(?m)^[ *]+`).ReplaceAllString(said, "")
		said = regexp.MustCompile(`@(\w+)`).ReplaceAllString(said, "`$1`")
		line := strings.ReplaceAll(strings.Join(strings.Fields(strings.ReplaceAll(m[2], "LIBREX_NODISCARD", "")), " "), "* ", "*")
		fmt.Fprintf(&out, "**`%s`**\n\n%s\n\n", line, strings.TrimSpace(said))
	}
	if n := strings.Count(string(text), "\nLIBREX_API "); n == 0 || n != len(found) {
		t.Errorf("%s: %d of %d declarations have a comment", file, len(found), n)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// unlisted are those that pages need not list, with the reason.
var unlisted = map[string]string{
	"kernel.rs fn": "no extension reaches them", "program.rs fn": "for the macros", "printk.rs Text": "no extension reaches it", "program.rs ProgramObject": "for the macros",
	"printk.rs fn": "what the macro calls", "run.rs fn": "no extension reaches them", "run.rs Registration": "no extension reaches it", "value.rs fn": "no extension reaches them",
}

// functions is the group of those that are in no type and no macro.
const functions = "fn"

// row is a member of a type, or a function.
type row struct{ what, does string }

var (
	implHeader = regexp.MustCompile(`^(?:unsafe )?impl(?:<.*?>)? (?:[\w:<>]+ for )?([A-Za-z_]\w*)`)
	macroStart = regexp.MustCompile(`^macro_rules! (\w+)`)
	function   = regexp.MustCompile(`^\s*pub (?:const |unsafe )*fn (\w+)(?:<.*>)?\((.*?)\)(?: -> (.+?))?(?: \{.*)?$`)
	field      = regexp.MustCompile(`^\s+pub (\w+): (.+),$`)
	record     = regexp.MustCompile(`^    #\[doc = "(\w+/\w+)"\]$`)
	recordName = regexp.MustCompile(`^    (\w+) \{$`)
	recordPart = regexp.MustCompile(`^        (\w+): (.+),$`)
	structName = regexp.MustCompile(`^pub struct (\w+)`)
)

// members returns what is public in a file of the runtime crate, by the type, or the macro, that it is in.
func members(t *testing.T, file string) map[string][]row {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]row{}
	group, doc, hidden, hook, macro := functions, "", false, "", false
	lines := strings.Split(string(text), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		trimmed := strings.TrimSpace(line)
		if m := macroStart.FindStringSubmatch(line); m != nil {
			group, macro = m[1], true
		} else if m := implHeader.FindStringSubmatch(line); m != nil && !macro {
			group = m[1]
		} else if m := structName.FindStringSubmatch(line); m != nil {
			group = m[1]
		} else if line == "contexts! {" {
			group = "contexts"
		} else if line == "}" {
			group, macro = functions, false
		}
		switch {
		case strings.HasPrefix(trimmed, "/// "):
			doc += strings.TrimPrefix(trimmed, "/// ") + " "
			continue
		case trimmed == "///":
			doc += "\x00"
			continue
		case trimmed == "#[doc(hidden)]":
			hidden = true
			continue
		case record.MatchString(line):
			hook = record.FindStringSubmatch(line)[1]
			continue
		case group == "contexts" && recordName.MatchString(line):
			r := row{what: recordName.FindStringSubmatch(line)[1], does: "`" + hook + "`: "}
			var parts []string
			for i++; strings.TrimSpace(lines[i]) != "}"; i++ {
				if m := recordPart.FindStringSubmatch(lines[i]); m != nil {
					parts = append(parts, fmt.Sprintf("`%s: %s`", m[1], m[2]))
				}
			}
			r.does += strings.Join(parts, ", ")
			found[group] = append(found[group], r)
		case strings.HasPrefix(trimmed, "pub ") && strings.Contains(trimmed, "fn ") && !hidden:
			whole := strings.TrimSuffix(line, "\n")
			for depth := strings.Count(whole, "(") - strings.Count(whole, ")"); depth > 0; depth = strings.Count(whole, "(") - strings.Count(whole, ")") {
				i++
				whole += " " + strings.TrimSpace(lines[i])
			}
			if m := function.FindStringSubmatch(whole); m != nil {
				found[group] = append(found[group], row{signature(m[1], m[2], m[3]), sentence(doc)})
			}
		case field.MatchString(line) && !hidden && group != functions:
			m := field.FindStringSubmatch(line)
			found[group] = append(found[group], row{m[1] + ": " + plain(m[2]), sentence(doc)})
		}
		if !strings.HasPrefix(trimmed, "#[") {
			doc, hidden = "", false
		}
	}
	return found
}

var spacesOfType = regexp.MustCompile(`'\w+ |\$crate::(?:\w+::)*|\s*,\s*$`)

// plain is a type as a reader needs it.
func plain(t string) string {
	t = spacesOfType.ReplaceAllString(t, "")
	t = strings.NewReplacer("RexMapHandle<MT, K, V>", "map", "'b, ", "", "'a, ", "", "'_, ", "", "<'_>", "", "<'a>", "", "[c_uchar]", "[u8]", "$context", "context").Replace(t)
	return t
}

func signature(name, args, result string) string {
	args = strings.TrimSpace(plain(args))
	for _, self := range []string{"&self, ", "&mut self, ", "self, ", "&self", "&mut self", "self"} {
		if rest, ok := strings.CutPrefix(args, self); ok {
			args = rest
			break
		}
	}
	s := name + "(" + args + ")"
	if result != "" {
		s += " -> " + plain(strings.TrimSuffix(result, " {"))
	}
	return s
}

// sentence is the first paragraph, without what Markdown would take for the end of a cell.
func sentence(doc string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(doc), "\x00")
	first = regexp.MustCompile("\\[(`[^`]+`)\\]\\([^)]*\\)").ReplaceAllString(first, "$1")
	return strings.ReplaceAll(strings.TrimSpace(first), "|", `\|`)
}

// Every type of program, and every map, has its section with an example, and one in the crate's documentation.
func TestReference(t *testing.T) {
	for _, r := range []struct{ page, source, item string }{
		{"docs/programs.md", "librex/rex-macros/src/lib.rs", `#\[proc_macro_attribute\]\npub fn (rex_\w+)\(.*\n    program::expand`},
		{"docs/maps.md", "librex/rex/src/map.rs", `pub type (\w+)`},
	} {
		page, err := os.ReadFile(filepath.Join(root, r.page))
		if err != nil {
			t.Fatal(err)
		}
		source, err := os.ReadFile(filepath.Join(root, r.source))
		if err != nil {
			t.Fatal(err)
		}
		shown := ""
		for _, b := range docs.Parse(r.page, string(page)).Blocks {
			if b.Language == "rust" {
				shown += b.Text
			}
		}
		items := regexp.MustCompile(`(?m)^((?:///.*\n)+)`+r.item).FindAllStringSubmatch(string(source), -1)
		if len(items) < 6 {
			t.Errorf("only %d items were found for %s", len(items), r.page)
		}
		for _, i := range items {
			if !regexp.MustCompile(`\b` + i[2] + `\b`).MatchString(shown) {
				t.Errorf("%s has no example of %s", r.page, i[2])
			}
			if !strings.Contains(i[1], "/// ```rust\n") || !strings.Contains(i[1], i[2]) {
				t.Errorf("%s: what it says of %s has no example", r.source, i[2])
			}
		}
	}
}

// The site's contents name every page of docs, and pages that there are.
func TestContents(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, site.Config))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m): (\S+\.md)$`).FindAllStringSubmatch(string(text), -1) {
		named[m[1]] = true
		if !exists(filepath.Join(root, m[1])) {
			t.Errorf("%s names %s, which is not there", site.Config, m[1])
		}
	}
	for _, p := range pages(t) {
		if filepath.Dir(p.File) == "docs" && !named[p.File] {
			t.Errorf("%s does not name %s", site.Config, p.File)
		}
	}
}
