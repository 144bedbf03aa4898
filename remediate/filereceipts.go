package remediate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
)

// FileReceipts keeps receipts as JSON files of a directory, one each, that only their owner can
// read. It is safe for concurrent use, by several processes too. A receipt is on the disk before Put
// returns, and is replaced as a whole or not at all.
type FileReceipts struct{ root *os.Root }

// OpenReceipts returns the receipts in the directory dir, which must exist. Close it when done.
func OpenReceipts(dir string) (*FileReceipts, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("remediate: %w", err)
	}
	return &FileReceipts{root}, nil
}

// Close lets go of the directory.
func (f *FileReceipts) Close() error { return f.root.Close() }

// receiptIDSyntax is that of an ID that can be the name of a file on any system.
var receiptIDSyntax = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Put implements [Receipts].
func (f *FileReceipts) Put(_ context.Context, r *Receipt) (err error) {
	if !receiptIDSyntax.MatchString(r.ID) {
		return fmt.Errorf("remediate: %.100q is not the ID of a receipt", r.ID)
	}
	text, err := json.Marshal(r) // indenting would change what Args, Before and After hold
	if err != nil {
		return fmt.Errorf("remediate: the receipt %s: %w", r.ID, err)
	}
	// One attempt writes its receipt, and writes it one time after the other. A draft that is there
	// was left by a write that did not end.
	draft := r.ID + ".draft"
	if err := f.write(draft, append(text, '\n')); err != nil {
		return fmt.Errorf("remediate: the receipt %s: %w", r.ID, errors.Join(err, f.root.Remove(draft)))
	}
	if err := f.root.Rename(draft, r.ID+".json"); err != nil {
		return fmt.Errorf("remediate: the receipt %s: %w", r.ID, err)
	}
	return nil
}

// write writes a file and waits until it is on the disk.
func (f *FileReceipts) write(name string, text []byte) (err error) {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// Get implements [Receipts].
func (f *FileReceipts) Get(_ context.Context, id string) (*Receipt, error) {
	if !receiptIDSyntax.MatchString(id) {
		return nil, noReceipt(id)
	}
	text, err := f.root.ReadFile(id + ".json")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, noReceipt(id)
	case err != nil:
		return nil, fmt.Errorf("remediate: the receipt %s: %w", id, err)
	}
	r := new(Receipt)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("remediate: the receipt %s: %s.json: %w", id, id, err)
	}
	if r.ID != id {
		return nil, fmt.Errorf("remediate: the receipt %s: %s.json holds that of %.100q", id, id, r.ID)
	}
	return r, nil
}
