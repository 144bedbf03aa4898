package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
)

// list prints a line for each receipt in the directory, those that were begun last at the end.
func (c command) list(ctx context.Context, dir string) error {
	receipts, err := readAll(ctx, dir)
	if err != nil {
		return err
	}
	for _, r := range receipts {
		fmt.Fprintf(c.stdout, "%s  %s  %s: %s\n", r.Started.UTC().Format(time.RFC3339), r.ID, notify.Clean(r.Remediator, 40), became(r))
		for _, s := range r.Steps {
			fmt.Fprintf(c.stdout, "    %s: %s\n", s.Status, notify.Clean(s.Step.Summary, 200))
		}
	}
	return nil
}

// became says in a word or two what came of an application.
func became(r *remediate.Receipt) string {
	switch {
	case r.Finished.IsZero():
		return "never finished"
	case r.Error != "":
		return "failed: " + notify.Clean(r.Error, 200)
	case r.Undoes != "":
		return "undid " + notify.Clean(r.Undoes, 64)
	case !r.Changed():
		return "changed nothing"
	}
	return "changed account " + notify.Clean(r.Account, 12) + " in " + notify.Clean(r.Region, 40)
}

// readAll returns the receipts in the directory, in the order in which they were begun.
func readAll(ctx context.Context, dir string) ([]*remediate.Receipt, error) {
	store, err := remediate.OpenReceipts(dir)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var receipts []*remediate.Receipt
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name(), ".json")
		if !ok {
			continue
		}
		r, err := store.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		receipts = append(receipts, r)
	}
	slices.SortFunc(receipts, func(a, b *remediate.Receipt) int { return a.Started.Compare(b.Started) })
	return receipts, nil
}
