package sample

// Requirement is what the extension's manifest says of the version of the runtime that it was written for, as cargo has it: "0.3", "*", or
// nothing.
func (s *Sample) Requirement() (string, error) {
	m, err := readManifest(s.Dir)
	if err != nil {
		return "", err
	}
	for _, d := range m.dependencies() {
		if d.pkg != runtimeCrate {
			continue
		}
		switch asked := d.table[d.name].(type) {
		case string:
			return asked, nil
		case map[string]any:
			version, _ := asked["version"].(string)
			return version, nil
		}
	}
	return "", nil
}
