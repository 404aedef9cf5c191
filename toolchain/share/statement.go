package share

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"rex/toolchain/store"
)

// What a result is, and who says so: an in-toto statement (https://github.com/in-toto/attestation, v1) with SLSA's provenance as its
// predicate (https://slsa.dev/spec/v1.0/provenance), in a signed envelope (DSSE, https://github.com/secure-systems-lab/dsse).
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://slsa.dev/provenance/v1"
	buildType     = "urn:rex:stage:1"
	payloadType   = "application/vnd.in-toto+json"
)

// treeDigest names the digest of a tree (digest.Tree) in a statement.
const treeDigest = "rexTree"

type statement struct {
	Type          string     `json:"_type"`
	Subject       []subject  `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     provenance `json:"predicate"`
}

// subject is the archive of a result, by its sha256, and the tree in it.
type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

type provenance struct {
	BuildDefinition struct {
		BuildType            string       `json:"buildType"`
		ExternalParameters   parameters   `json:"externalParameters"`
		ResolvedDependencies []dependency `json:"resolvedDependencies"`
	} `json:"buildDefinition"`
	RunDetails struct {
		Builder struct {
			ID string `json:"id"`
		} `json:"builder"`
		Metadata struct {
			StartedOn  time.Time `json:"startedOn"`
			FinishedOn time.Time `json:"finishedOn"`
		} `json:"metadata"`
	} `json:"runDetails"`
}

type parameters struct {
	Stage string `json:"stage"`
	Key   string `json:"key"`
}

// dependency is an input: a digest where it is one, else a value.
type dependency struct {
	Name        string            `json:"name"`
	Digest      map[string]string `json:"digest,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// describe makes the statement on a result, whose archive has the given sha256.
func describe(m store.Manifest, archive string, builder Fingerprint) statement {
	s := statement{Type: statementType, PredicateType: predicateType, Subject: []subject{{m.Stage, map[string]string{"sha256": archive, treeDigest: m.Output}}}}
	b := &s.Predicate.BuildDefinition
	b.BuildType, b.ExternalParameters = buildType, parameters{m.Stage, m.Key}
	for _, in := range m.Inputs {
		d := dependency{Name: in.Name}
		if raw, err := hex.DecodeString(in.Value); err == nil && len(raw) == sha256.Size {
			d.Digest = map[string]string{"sha256": in.Value}
		} else {
			d.Annotations = map[string]string{"value": in.Value}
		}
		b.ResolvedDependencies = append(b.ResolvedDependencies, d)
	}
	s.Predicate.RunDetails.Builder.ID = "urn:rex:builder:" + string(builder)
	s.Predicate.RunDetails.Metadata.StartedOn, s.Predicate.RunDetails.Metadata.FinishedOn = m.Created.Add(-m.Took), m.Created
	return s
}

// envelope is a signed payload.
type envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     string      `json:"payload"`
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"`
}

// preAuth is what is signed: the type and the payload with their lengths.
func preAuth(payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

// seal signs a statement.
func seal(s statement, key ed25519.PrivateKey) ([]byte, error) {
	payload, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{payloadType, base64.StdEncoding.EncodeToString(payload), []signature{{
		string(fingerprint(key.Public().(ed25519.PublicKey))), base64.StdEncoding.EncodeToString(ed25519.Sign(key, preAuth(payload))),
	}}})
}

var errUntrusted = errors.New("no key in configs/trust has signed it")

// unseal returns the statement in an envelope that one of the keys has signed.
func unseal(text []byte, trust []ed25519.PublicKey) (statement, error) {
	var s statement
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return s, fmt.Errorf("envelope: %w", err)
	}
	payload, err := base64.StdEncoding.DecodeString(e.Payload)
	if err != nil || e.PayloadType != payloadType {
		return s, fmt.Errorf("envelope: no statement in it: %w", err)
	}
	signed := false
	for _, sig := range e.Signatures {
		raw, err := base64.StdEncoding.DecodeString(sig.Sig)
		for _, key := range trust {
			signed = signed || err == nil && ed25519.Verify(key, preAuth(payload), raw)
		}
	}
	if !signed {
		return s, errUntrusted
	}
	if err := json.Unmarshal(payload, &s); err != nil {
		return s, fmt.Errorf("statement: %w", err)
	}
	return s, nil
}

// about tells whether a statement is about a result of a stage and key, and returns the digests of its archive and tree.
func (s *statement) about(stage, key string) (archive, tree string, err error) {
	b := s.Predicate.BuildDefinition
	switch {
	case s.Type != statementType || s.PredicateType != predicateType || b.BuildType != buildType || len(s.Subject) != 1:
		return "", "", errors.New("statement: not on a result of a stage")
	case b.ExternalParameters != parameters{stage, key}:
		return "", "", fmt.Errorf("statement: on %s of key %.12s, not on %s of key %.12s", b.ExternalParameters.Stage, b.ExternalParameters.Key, stage, key)
	}
	d := s.Subject[0].Digest
	if len(d["sha256"]) != 64 || len(d[treeDigest]) != 64 {
		return "", "", errors.New("statement: without digests")
	}
	return d["sha256"], d[treeDigest], nil
}

// Fingerprint names a public key: the sha256 of its PKIX form.
type Fingerprint string

func fingerprint(key ed25519.PublicKey) Fingerprint {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err) // it is one
	}
	sum := sha256.Sum256(der)
	return Fingerprint(hex.EncodeToString(sum[:]))
}

// OpenKey returns the key that this machine's results are signed with, made when first asked for, and the file of its public part, which
// others put into configs/trust.
func OpenKey(dir string) (key ed25519.PrivateKey, public string, err error) {
	private, public := filepath.Join(dir, "private.pem"), filepath.Join(dir, "public.pem")
	text, err := os.ReadFile(private)
	if errors.Is(err, fs.ErrNotExist) {
		if text, err = makeKey(dir, private); err != nil {
			return nil, "", err
		}
	}
	if err != nil {
		return nil, "", err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, "", fmt.Errorf("%s: no PEM; remove it to get a new key", private)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w; remove it to get a new key", private, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, "", fmt.Errorf("%s: no ed25519 key", private)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, "", err
	}
	return key, public, os.WriteFile(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o644)
}

// makeKey makes a private key, which appears whole or not at all; of several at once one wins.
func makeKey(dir, file string) ([]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	draft, err := os.CreateTemp(dir, "draft-") // of mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(draft.Name())
	err = pem.Encode(draft, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := errors.Join(err, draft.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(draft.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(file)
}

// ReadTrust reads the public keys (PEM, PKIX, ed25519) in the files *.pem of a folder, which may be absent.
func ReadTrust(dir string) ([]ed25519.PublicKey, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.pem"))
	if err != nil {
		return nil, err
	}
	var keys []ed25519.PublicKey
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		block, _ := pem.Decode(text)
		if block == nil {
			return nil, fmt.Errorf("%s: no PEM", file)
		}
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		key, ok := parsed.(ed25519.PublicKey)
		if !ok {
			return nil, fmt.Errorf("%s: no ed25519 key", file)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
