package fetch

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"rex/toolchain/command"
)

// proxy returns how requests find their proxy (http.Transport): those to a mirror's host as apt does, by its own
// configuration and then by the environment, all others by the environment.
func proxy(mirrors []string) func(*http.Request) (*url.URL, error) {
	settings := sync.OnceValue(aptSettings)
	return func(r *http.Request) (*url.URL, error) {
		for _, m := range mirrors {
			u, err := url.Parse(m)
			if err != nil || u.Host != r.URL.Host {
				continue
			}
			value, found := settings().proxy(r.URL)
			if !found {
				break
			}
			if value == "" {
				return nil, nil
			}
			return url.Parse(value)
		}
		return http.ProxyFromEnvironment(r)
	}
}

// settings are apt's, by name in lower case.
type settings map[string]string

// proxy returns the proxy that apt takes for an address (apt-transport-http(1)); empty: none. found tells whether apt's
// configuration says anything of it.
func (s settings) proxy(u *url.URL) (value string, found bool) {
	name := "acquire::" + u.Scheme + "::proxy"
	for _, n := range []string{name + "::" + strings.ToLower(u.Hostname()), name} {
		switch v := s[n]; {
		case v == "DIRECT" || v == "false":
			return "", true
		case v != "":
			if !strings.Contains(v, "://") {
				v = "http://" + v
			}
			return v, true
		}
	}
	return "", false
}

// aptSettings asks apt, which knows the syntax of its files and where they are. A machine without apt has none.
func aptSettings() settings {
	program, err := exec.LookPath("apt-config")
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := (&command.Cmd{Path: program, Args: []string{"dump", "Acquire"}, Env: []string{"LC_ALL=C"}}).Output(ctx)
	if err != nil {
		return nil
	}
	return parseSettings(out)
}

// parseSettings reads lines NAME "VALUE"; as apt-config dump writes them.
func parseSettings(text string) settings {
	s := settings{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if ok {
			s[strings.ToLower(name)] = strings.Trim(strings.TrimSuffix(value, ";"), `"`)
		}
	}
	return s
}

var userinfo = regexp.MustCompile(`://[^/\s"']*@`)

// Redacted returns a text without the names and passwords of addresses in it: they may be tokens.
func Redacted(text string) string { return userinfo.ReplaceAllString(text, "://xxxxx@") }

// redacted is an error whose text is Redacted.
type redacted struct{ error }

func (r redacted) Error() string { return Redacted(r.error.Error()) }
func (r redacted) Unwrap() error { return r.error }
