module rex

go 1.26.0

tool github.com/magefile/mage

require (
	github.com/gofrs/flock v0.13.0 // indirect
	github.com/magefile/mage v1.17.2 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
