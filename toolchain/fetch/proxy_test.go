package fetch

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"rex/toolchain/pin"
)

func TestProxyOfApt(t *testing.T) {
	s := parseSettings(`Acquire "";
Acquire::http::Proxy "http://cache.example:3142";
Acquire::http::Proxy::direct.example "DIRECT";
Acquire::HTTPS::Proxy "proxy.example:8080";
`)
	for address, want := range map[string]string{
		"http://mirror.example/debian":  "http://cache.example:3142",
		"http://direct.example/debian":  "",
		"https://mirror.example/debian": "http://proxy.example:8080",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got, found := s.proxy(u); got != want || !found {
			t.Errorf("%s: got %q, %t; want %q", address, got, found, want)
		}
	}
	if _, found := (settings{}).proxy(&url.URL{Scheme: "http", Host: "x"}); found {
		t.Error("a proxy was found where none is set")
	}
}

func TestRedacted(t *testing.T) {
	for text, want := range map[string]string{
		"get http://user:s3cret@host/debian/x: 403":  "get http://xxxxx@host/debian/x: 403",
		"https://token@host/x and http://a:b@c:80/d": "https://xxxxx@host/x and http://xxxxx@c:80/d",
		"http://u:p@ss@host/x":                       "http://xxxxx@host/x",
		"http://host/a@b":                            "http://host/a@b",
		"bad http://u:%zz@host":                      "bad http://xxxxx@host",
	} {
		if got := Redacted(text); got != want {
			t.Errorf("%q became %q; want %q", text, got, want)
		}
	}
}

// A private mirror's password is in no error, whatever the mirror answers.
func TestPasswordOfAMirrorIsNotShown(t *testing.T) {
	const secret = "s3cret-token"
	c := &pin.Component{Name: "x", Version: "1", Origins: []pin.Origin{{Kind: pin.Debian, Files: []pin.File{{Path: "pool/x.tar.xz", SHA256: strings.Repeat("ab", 32), Size: 4}}}}}
	for name, answer := range map[string]http.HandlerFunc{
		"forbidden":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"wrong size": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("please log in")) },
		"wrong text": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("abcd")) },
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4")
			_, _ = w.Write([]byte("a"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var authorized bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, password, _ := r.BasicAuth()
				authorized = password == secret
				answer(w, r)
			}))
			defer server.Close()
			address := strings.Replace(server.URL, "http://", "http://ci-bot:"+secret+"@", 1)
			f := &Fetcher{Cache: t.TempDir(), Mirrors: []string{address}, Client: newClient(nil), stall: stall}
			_, err := f.Download(t.Context(), c)
			if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("got %v; want an error that names the mirror without its password", err)
			}
			if !authorized {
				t.Error("the mirror was not given the password")
			}
		})
	}
}
