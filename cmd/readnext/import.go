package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"readnext/internal/importer"
)

type importCmd struct {
	Files  []string `arg:"" name:"file" help:"Files of JSON lines, articles and events; - is the standard input."`
	Server string   `default:"http://127.0.0.1:8888" env:"READNEXT_SERVER" placeholder:"URL" help:"The server to send to (${default})."`
	APIKey string   `env:"READNEXT_API_KEY" placeholder:"KEY" help:"Sent as a bearer token. The environment hides it from other users."`
	Batch  int      `default:"500" env:"READNEXT_BATCH" help:"Rows in a request (${default})."`
}

// Validate is called by kong.
func (c *importCmd) Validate() error { return checkAddress("--server", c.Server) }

// Run imports the files in order.
func (c *importCmd) Run(ctx context.Context, s *streams) error {
	inputs, total, closeAll, err := c.open(s.in)
	if err != nil {
		return err
	}
	defer closeAll()
	var progress func(importer.Progress)
	if f, ok := s.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		progress = importer.Bar(f, total)
	}
	sum, err := importer.Run(ctx, importer.Config{Server: c.Server, APIKey: c.APIKey, Batch: c.Batch}, inputs, progress)
	if printErr := sum.Print(s.out); err == nil {
		err = printErr
	}
	if err != nil {
		return err
	}
	if n := sum.Rejected(); n > 0 {
		return fmt.Errorf("%d rows were not taken", n)
	}
	return nil
}

// open opens the files; total is their size, -1 if it is not known.
func (c *importCmd) open(stdin io.Reader) (inputs []importer.Input, total int64, closeAll func(), err error) {
	var files []*os.File
	closeAll = func() {
		for _, f := range files {
			f.Close() //nolint:errcheck // only read
		}
	}
	for _, name := range c.Files {
		if name == "-" {
			inputs, total = append(inputs, importer.Input{Name: "standard input", Reader: stdin}), -1
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			closeAll()
			return nil, 0, nil, err
		}
		files = append(files, f)
		info, err := f.Stat()
		if err != nil || info.IsDir() {
			closeAll()
			return nil, 0, nil, errors.Join(err, fmt.Errorf("%s is no file to read", name))
		}
		switch {
		case !info.Mode().IsRegular():
			total = -1
		case total >= 0:
			total += info.Size()
		}
		inputs = append(inputs, importer.Input{Name: name, Reader: f})
	}
	return inputs, total, closeAll, nil
}
