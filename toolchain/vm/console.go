package vm

import (
	"io"
	"strings"
	"sync"
)

// console keeps the console's output and shows its lines to the run.
type console struct {
	mu   sync.Mutex
	log  io.Writer
	run  *run
	part []byte
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range p {
		if b != '\n' && len(c.part) < 4096 {
			c.part = append(c.part, b)
			continue
		}
		c.run.consoleLine(strings.TrimRight(string(c.part), "\r"))
		c.part = c.part[:0]
	}
	return c.log.Write(p)
}

func (c *console) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.part) > 0 {
		c.run.consoleLine(string(c.part))
	}
}
