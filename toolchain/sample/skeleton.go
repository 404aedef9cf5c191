package sample

import (
	"debug/elf"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/template"
)

// Skeleton is what a loader in C has of an extension: its programs and maps as members of a struct, under their names. It has the form of
// what `bpftool gen skeleton` makes of an eBPF object (bpftool-gen(8)).
type skeleton struct {
	Name, Object   string
	Programs, Maps []string
	Attached       []string // programs whose sections say where
}

// writeSkeleton reads the extension's file, which a loader opens as object, and writes the header called name.skel.h to path.
func writeSkeleton(path, name, file, object string) error {
	s := &skeleton{Name: strings.ReplaceAll(name, "-", "_"), Object: object}
	f, err := elf.Open(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, sym := range symbols {
		if int(sym.Section) >= len(f.Sections) {
			continue
		}
		section, kind := f.Sections[sym.Section].Name, elf.ST_TYPE(sym.Info)
		switch where, program := strings.CutPrefix(section, "rex/"); {
		case program && kind == elf.STT_FUNC:
			s.Programs = append(s.Programs, sym.Name)
			if strings.Contains(where, "/") {
				s.Attached = append(s.Attached, sym.Name)
			}
		case section == ".maps" && kind == elf.STT_OBJECT:
			s.Maps = append(s.Maps, sym.Name)
		}
	}
	for _, names := range [][]string{s.Programs, s.Maps, s.Attached} {
		slices.Sort(names)
	}
	var text strings.Builder
	if err := skeletonForm.Execute(&text, s); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text.String()), 0o644)
}

var skeletonForm = template.Must(template.New("skeleton").Parse(`/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The extension {{.Name}}: made from its object when it is built. */
#ifndef {{.Name}}_SKEL_H
#define {{.Name}}_SKEL_H

#include <stdio.h>
#include <stdlib.h>

#include <bpf/libbpf.h>
#include <librex.h>

struct {{.Name}} {
	struct rex_obj *rex;
	struct bpf_object *obj;
{{- with .Programs}}
	struct {
{{- range .}}
		struct bpf_program *{{.}};
{{- end}}
	} progs;
{{- end}}
{{- with .Maps}}
	struct {
{{- range .}}
		struct bpf_map *{{.}};
{{- end}}
	} maps;
{{- end}}
{{- with .Attached}}
	struct {
{{- range .}}
		struct bpf_link *{{.}};
{{- end}}
	} links;
{{- end}}
};

/* Loads the extension. NULL on failure, with the reason on stderr and errno set. */
static inline struct {{.Name}} *{{.Name}}__load(void)
{
	struct {{.Name}} *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->rex = rex_obj_load("{{.Object}}");
	s->obj = rex_obj_get_bpf(s->rex);
	if (!s->obj) {
		free(s);
		return NULL;
	}
{{- range .Programs}}
	s->progs.{{.}} = bpf_object__find_program_by_name(s->obj, "{{.}}");
{{- end}}
{{- range .Maps}}
	s->maps.{{.}} = bpf_object__find_map_by_name(s->obj, "{{.}}");
{{- end}}
	return s;
}

/* Attaches the programs that say where. 0, or -1 with the reason on stderr and errno set. */
static inline int {{.Name}}__attach(struct {{.Name}} *s)
{
{{- range .Attached}}
	s->links.{{.}} = bpf_program__attach(s->progs.{{.}});
	if (!s->links.{{.}}) {
		perror("attach {{.}}");
		return -1;
	}
{{- end}}
	(void)s;
	return 0;
}

/* Detaches what {{.Name}}__attach() has attached. The extension itself stays until the process ends. */
static inline void {{.Name}}__detach(struct {{.Name}} *s)
{
{{- range .Attached}}
	bpf_link__destroy(s->links.{{.}});
	s->links.{{.}} = NULL;
{{- end}}
	(void)s;
}

#endif
`))
