package targets

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// script completes `mage` and `go tool mage` in bash. Colons separate words there, so it looks at the line itself.
const script = `_rex_mage() {
	local line=${COMP_LINE:0:COMP_POINT} words cur options
	line=${line#*mage}
	read -ra words <<<"$line"
	cur=${line##* }
	case "$line" in *' ') words+=('') ;; esac
	if ((${#words[@]} <= 1)); then
		options=%s
	else
		case "${words[0]}" in
%s		esac
		case "$cur" in
		-*) ;;
		*) case "${words[0]}" in
			run | watch | build:sample | test:samples | ci | test) options="$(cd %s/samples && printf '%%s ' */Cargo.toml | sed 's,/Cargo.toml,,g')" ;;
			why | build:check | build:shell | remote:build) options=%s ;;
			*) options= ;;
			esac ;;
		esac
	fi
	COMPREPLY=($(compgen -W "$options" -- "$cur"))
	((${#COMPREPLY[@]})) || COMPREPLY=($(compgen -f -- "$cur"))
	case "$cur" in *:*) COMPREPLY=("${COMPREPLY[@]#"${cur%%:*}:"}") ;; esac
}
_rex_go() {
	case "$COMP_LINE" in *' tool mage '*) _rex_mage ;; *) COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")) ;; esac
}
complete -o filenames -F _rex_mage mage
complete -o filenames -F _rex_go go
`

// Completion is what bash evaluates to complete targets, their flags, and the names of samples of the checkout at root and of stages.
func Completion(all map[string]*Target, root string, stages []string) string {
	var names []string
	var flags strings.Builder
	for _, key := range slices.Sorted(maps.Keys(all)) {
		t := all[key]
		name := t.Name
		if key != strings.ToLower(name) {
			name = key // an alias
		}
		names = append(names, name)
		if len(t.Flags) == 0 {
			continue
		}
		var list []string
		for _, f := range t.FlagNames() {
			if t.Flags[f] {
				f += "="
			}
			list = append(list, "-"+f)
		}
		fmt.Fprintf(&flags, "\t\t%s) options=%s ;;\n", name, quote(strings.Join(list, " ")))
	}
	return fmt.Sprintf(script, quote(strings.Join(names, " ")), flags.String(), quote(root), quote(strings.Join(stages, " ")))
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
