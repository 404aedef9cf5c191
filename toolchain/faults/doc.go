// Package faults has no code of its own: its tests kill, starve and lie to a small pipeline made of the real packages (fetch, patch,
// stage, store, worktree, command), and then look whether anything was lost and whether the next run is right. In short they take
// seconds; `mage test:faults` has them all.
package faults
