package signing

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/smallstep/pkcs7"

	"rex/toolchain/signing/appended"
)

// signed returns content with a signature behind it, as the kernel's sign-file makes it.
func signed(t *testing.T, k *Key, content []byte, change func(*pkcs7.SignedData)) []byte {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(k.Certificate, k.Private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	data, err := pkcs7.NewSignedData(content)
	if err != nil {
		t.Fatal(err)
	}
	data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := data.SignWithoutAttr(certificate, pair.PrivateKey, pkcs7.SignerInfoConfig{}); err != nil {
		t.Fatal(err)
	}
	if change == nil {
		data.Detach()
	} else {
		change(data)
	}
	signature, err := data.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return withSignature(content, signature, []byte{0, 0, 2, 0, 0, 0, 0, 0})
}

func withSignature(content, signature, head []byte) []byte {
	b := append(bytes.Clone(content), signature...)
	b = append(b, head...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(signature)))
	return append(b, appended.Marker...)
}

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	key, err := Open(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open(filepath.Join(dir, "other"))
	if err != nil {
		t.Fatal(err)
	}
	content := []byte("an object")
	tests := map[string]struct {
		file    []byte
		want    string // a part of the error
		unknown bool
	}{
		"good":               {file: signed(t, key, content, nil)},
		"another key":        {file: signed(t, other, content, nil), unknown: true},
		"changed content":    {file: append([]byte("X"), signed(t, key, content, nil)[1:]...), want: "verification error"},
		"content of its own": {file: signed(t, key, content, func(*pkcs7.SignedData) {}), want: "content of its own"},
		"no PKCS#7":          {file: withSignature(content, []byte("no signature"), []byte{0, 0, 2, 0, 0, 0, 0, 0}), want: "signature"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			certificate, err := ReadCertificate(key.Certificate)
			if err != nil {
				t.Fatal(err)
			}
			rest, signature, err := appended.Split(test.file)
			if err != nil {
				t.Fatal(err)
			}
			if len(rest) != len(content) {
				t.Fatalf("content %q", rest)
			}
			signer, err := Verify(rest, signature, certificate)
			switch {
			case test.unknown:
				if !errors.Is(err, ErrUnknownKey) {
					t.Errorf("%v; want an unknown key", err)
				}
			case test.want != "":
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v; want %q", err, test.want)
				}
			case err != nil || signer != "Rex extensions":
				t.Errorf("%q, %v", signer, err)
			}
			if _, err := Verify(rest, signature, nil); err == nil {
				t.Error("verified without a certificate")
			}
		})
	}
}

func TestSplit(t *testing.T) {
	if rest, signature, err := appended.Split([]byte("content")); string(rest) != "content" || signature != nil || err != nil {
		t.Errorf("%q, %q, %v", rest, signature, err)
	}
	for name, b := range map[string][]byte{
		"nothing":         []byte(appended.Marker),
		"another type":    withSignature([]byte("content"), []byte("signature"), []byte{0, 0, 1, 0, 0, 0, 0, 0}),
		"a hash":          withSignature([]byte("content"), []byte("signature"), []byte{0, 4, 2, 0, 0, 0, 0, 0}),
		"a signer":        withSignature([]byte("content"), []byte("signature"), []byte{0, 0, 2, 1, 0, 0, 0, 0}),
		"padding":         withSignature([]byte("content"), []byte("signature"), []byte{0, 0, 2, 0, 0, 0, 0, 1}),
		"no signature":    withSignature([]byte("content"), nil, []byte{0, 0, 2, 0, 0, 0, 0, 0}),
		"longer than all": append([]byte("content\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\xff\xff"), appended.Marker...),
	} {
		if _, _, err := appended.Split(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Whatever the bytes are, neither panics.
func FuzzSplit(f *testing.F) {
	f.Add(withSignature([]byte("content"), []byte("signature"), []byte{0, 0, 2, 0, 0, 0, 0, 0}))
	f.Fuzz(func(t *testing.T, b []byte) {
		content, signature, err := appended.Split(append(b, appended.Marker...))
		if err != nil {
			return
		}
		if _, err := Verify(content, signature, &x509.Certificate{}); err == nil {
			t.Error("verified")
		}
	})
}
