package sample

import (
	"fmt"
	"net/netip"
	"regexp"

	"rex/toolchain/conf"
	"rex/toolchain/vm/guest"
)

// veth is a pair of virtual Ethernet devices in sample.toml.
type veth struct {
	Name      string `toml:"name"`
	Address   string `toml:"address"`
	Namespace string `toml:"namespace"`
	Peer      string `toml:"peer"`
}

var deviceName = regexp.MustCompile(`^[a-z][a-z0-9]{0,14}$`)

// veths checks what is said of pairs of devices, and of who is in which namespace.
func veths(text []byte, said []veth, programs ...guest.Program) ([]guest.Veth, error) {
	var pairs []guest.Veth
	wrong := func(i int, format string, args ...any) error {
		return &conf.Error{Line: conf.LineOf(text, "veth"), Err: fmt.Errorf("veth %d: "+format, append([]any{i + 1}, args...)...)}
	}
	for i, v := range said {
		for key, name := range map[string]string{"name": v.Name, "namespace": v.Namespace} {
			if !deviceName.MatchString(name) {
				return nil, wrong(i, "%s = %q; it takes up to 15 lower-case letters and digits, a letter first", key, name)
			}
		}
		for _, before := range pairs {
			if before.Name == v.Name || before.Namespace == v.Namespace {
				return nil, wrong(i, "another one has the same name or namespace")
			}
		}
		if v.Name == "lo" || v.Name == "eth0" {
			return nil, wrong(i, "name = %q; that is another device", v.Name)
		}
		ours, err := netip.ParsePrefix(v.Address)
		if err != nil || !ours.Addr().Is4() {
			return nil, wrong(i, "address = %q; it takes one such as 10.0.0.1/24", v.Address)
		}
		theirs, err := netip.ParsePrefix(v.Peer)
		if err != nil || theirs.Masked() != ours.Masked() || theirs == ours {
			return nil, wrong(i, "peer = %q; it takes another address of %s, such as 10.0.0.2/24", v.Peer, ours.Masked())
		}
		pairs = append(pairs, guest.Veth(v))
	}
	for i, p := range programs {
		if p.Namespace != "" && !has(pairs, p.Namespace) {
			key := []string{"loader", "trigger"}[i]
			return nil, &conf.Error{Line: conf.LineOf(text, key, "namespace"), Err: fmt.Errorf("%s: namespace = %q; %s", key, p.Namespace, listOf(pairs))}
		}
	}
	return pairs, nil
}
