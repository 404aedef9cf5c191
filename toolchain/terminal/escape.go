package terminal

import "io"

// Escape is what somebody types, up to Enter, ~ and a full stop, which hang up as with ssh(1); ~~ stands for one ~.
type Escape struct {
	io.Reader
	HangUp func()

	state int // of what was typed last
}

const (
	within = iota + 1 // a line
	tilde             // at the start of one
)

// Read implements io.Reader.
func (e *Escape) Read(b []byte) (int, error) {
	for {
		n, err := e.Reader.Read(b[:len(b)-1]) // a ~ that was kept back may come before
		kept := b[:0]
		if n > 0 {
			kept = e.filter(append([]byte(nil), b[:n]...), kept)
		}
		if len(kept) > 0 || err != nil || n == 0 {
			return len(kept), err
		}
	}
}

func (e *Escape) filter(typed, kept []byte) []byte {
	for _, c := range typed {
		was := e.state
		switch {
		case was == tilde && c == '.':
			e.HangUp()
			e.state = within
			continue
		case was == 0 && c == '~':
			e.state = tilde
			continue
		case was == tilde && c != '~':
			kept = append(kept, '~')
		}
		e.state = within
		if c == '\r' || c == '\n' {
			e.state = 0
		}
		kept = append(kept, c)
	}
	return kept
}
