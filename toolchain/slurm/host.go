package slurm

import (
	_ "embed"

	"rex/toolchain/conf"
	"rex/toolchain/hosts"
)

//go:embed cluster.toml
var host []byte

// Host is a machine of the cluster that tests run.
func Host() (*hosts.Host, error) {
	h := &hosts.Host{Name: "slurm"}
	return h, conf.Decode(host, h)
}
