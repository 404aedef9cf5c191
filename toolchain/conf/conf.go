// Package conf reads configuration in TOML: a field that nobody knows is an error, and errors say the line.
package conf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Error is what is wrong with a text.
type Error struct {
	Line int // from 1
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Decode fills in what a text says. Errors are of type *Error.
func Decode(text []byte, into any) error {
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(into)
	var strict *toml.StrictMissingError
	var decode *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &strict) && len(strict.Errors) > 0:
		row, _ := strict.Errors[0].Position()
		return &Error{row, fmt.Errorf("unknown field %s", strings.Join(strict.Errors[0].Key(), "."))}
	case errors.As(err, &decode):
		row, _ := decode.Position()
		return &Error{row, err}
	}
	return &Error{1, err}
}

// Read is Decode of a file. Errors name it, with the line.
func Read(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return In(file, Decode(text, into))
}

// In says of an error in which file it is.
func In(file string, err error) error {
	var at *Error
	if errors.As(err, &at) {
		return fmt.Errorf("%s:%d: %w", file, at.Line, at.Err)
	}
	return err
}
