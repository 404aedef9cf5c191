package guest

// Session is a command that somebody works with, among the host's files.
type Session struct {
	// Args are the command line; none means a login shell.
	Args []string `json:"args,omitempty"`
	Dir  string   `json:"dir"`
	Env  []string `json:"env,omitempty"` // NAME=value, beside what a guest has
	// Terminal gives the command a terminal of that size; else it gets pipes.
	Terminal *TerminalSize `json:"terminal,omitempty"`
	// Shown are folders of the host that are to be seen even below those that the guest has for itself, such as /tmp.
	Shown []string `json:"shown,omitempty"`
	// Shares are writable folders.
	Shares []Share `json:"shares,omitempty"`
	// Network is the one that QEMU makes for users.
	Network bool `json:"network,omitempty"`
	// SSH lets others in beside the command.
	SSH *SSH `json:"ssh,omitempty"`
}

// SSH is a server of it in the guest.
type SSH struct {
	HostKey    string `json:"host_key"`   // private, PEM
	Authorized string `json:"authorized"` // who may come in: a line as in sshd(8), AUTHORIZED_KEYS FILE FORMAT
}

// SSHPort is where it listens.
const SSHPort = 22

// Share is a folder of the host that a guest may write to.
type Share struct {
	Tag  string `json:"tag"`  // by which the device is found
	Path string `json:"path"` // in the guest
}

// Path is where a session's command looks for programs, unless Env says something else.
const Path = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"

// Tags of shares: the host's files, what was built, and the tools tree.
const (
	HostTag    = "host"
	ResultsTag = "results"
	ToolsTag   = "tools"
)
