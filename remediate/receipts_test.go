package remediate_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/remediatetest"
	"github.com/countertrail/countertrail/rule"
)

func TestMemoryReceipts(t *testing.T) {
	remediatetest.RunReceipts(t, func() remediate.Receipts { return remediate.NewMemoryReceipts() })

	// The oldest makes room.
	const limit = 10_000
	m := remediate.NewMemoryReceipts()
	for i := range limit + 1 {
		if err := m.Put(t.Context(), &remediate.Receipt{ID: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for id, kept := range map[string]bool{"0": false, "1": true, fmt.Sprint(limit): true} {
		if _, err := m.Get(t.Context(), id); (err == nil) != kept {
			t.Errorf("receipt %s: error %v, want it kept: %t", id, err, kept)
		}
	}
}

func openReceipts(t *testing.T, dir string) *remediate.FileReceipts {
	t.Helper()
	s, err := remediate.OpenReceipts(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestFileReceipts(t *testing.T) {
	remediatetest.RunReceipts(t, func() remediate.Receipts { return openReceipts(t, t.TempDir()) })

	dir := t.TempDir()
	s := openReceipts(t, dir)
	for _, id := range []string{"", "..", "../x", "a/b", `a\b`, "a.b", strings.Repeat("a", 65)} {
		if err := s.Put(t.Context(), &remediate.Receipt{ID: id}); err == nil {
			t.Errorf("Put of the ID %q: no error", id)
		}
	}
	if err := s.Put(t.Context(), &remediate.Receipt{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 || filepath.Base(files[0]) != "a.json" {
		t.Fatalf("files %q, error %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v; want that only the owner reads it", info.Mode(), err)
	}
	for text, reason := range map[string]string{"{": "cut short", `{"id":"b"}`: "another's"} {
		if err := os.WriteFile(files[0], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), "a"); err == nil || errors.Is(err, remediate.ErrNotFound) || !strings.Contains(err.Error(), "a.json") {
			t.Errorf("%s: error %v, want one that names the file", reason, err)
		}
	}
	if _, err := remediate.OpenReceipts(filepath.Join(dir, "absent")); err == nil {
		t.Error("no directory: no error")
	}
}

// A receiptLog is a store that notes what was put, and fails at the put with the number failAt.
type receiptLog struct {
	*remediate.MemoryReceipts
	puts   []*remediate.Receipt
	failAt int
}

func (l *receiptLog) Put(ctx context.Context, r *remediate.Receipt) error {
	l.puts = append(l.puts, r)
	if len(l.puts) == l.failAt {
		return errors.New("odd")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return l.MemoryReceipts.Put(ctx, r)
}

// TestReceiptsKept holds that the intent is kept before the first write, and what came of it after the
// last one.
func TestReceiptsKept(t *testing.T) {
	done, failed, intended := remediate.StepDone, remediate.StepFailed, remediate.StepIntended
	tests := []struct {
		reason  string
		apply   func(*remediate.Plan) (*remediate.Receipt, error)
		steps   []remediate.StepStatus // of the receipt that is kept last
		changed bool
	}{
		{"all done", func(p *remediate.Plan) (*remediate.Receipt, error) { return receiptOf(p, done, done), nil }, []remediate.StepStatus{done, done}, true},
		{"the second failed", func(p *remediate.Plan) (*remediate.Receipt, error) {
			return receiptOf(p, done, failed), remediate.ErrDenied
		}, []remediate.StepStatus{done, failed}, true},
		{"nothing attempted", func(*remediate.Plan) (*remediate.Receipt, error) { return nil, remediate.ErrDenied }, nil, false},
		{"panicked, so what it did is not known", func(*remediate.Plan) (*remediate.Receipt, error) { panic("odd") },
			[]remediate.StepStatus{intended, intended}, false},
	}
	for _, tt := range tests {
		log := &receiptLog{MemoryReceipts: remediate.NewMemoryReceipts()}
		r := &fake{plan: func(f rule.Finding) (*remediate.Plan, error) { return planFor(f, 2), nil }}
		r.apply = func(p *remediate.Plan) (*remediate.Receipt, error) {
			if len(log.puts) != 1 || len(log.puts[0].Steps) != 2 || log.puts[0].Steps[1].Status != intended || !log.puts[0].Finished.IsZero() {
				t.Errorf("%s: kept before the first write: %+v", tt.reason, log.puts)
			}
			return tt.apply(p)
		}
		res := enforcing(&remediate.Options{Receipts: log}).Run(t.Context(), r, finding())
		if len(log.puts) != 2 {
			t.Fatalf("%s: %d receipts kept", tt.reason, len(log.puts))
		}
		last := log.puts[1]
		var statuses []remediate.StepStatus
		for _, s := range last.Steps {
			statuses = append(statuses, s.Status)
		}
		if fmt.Sprint(statuses) != fmt.Sprint(tt.steps) || last.Changed() != tt.changed || (last.Error == "") != (res.Err == nil) {
			t.Errorf("%s: kept at the end: %+v", tt.reason, last)
		}
		if last.ID == "" || last.ID != log.puts[0].ID || last.Remediator != "fake" || last.Account != account || last.EventID != "event-id" {
			t.Errorf("%s: the receipt does not say whose it is: %+v", tt.reason, last)
		}
		if res.Receipt != nil && res.Receipt.ID != last.ID {
			t.Errorf("%s: the result has another receipt", tt.reason)
		}
	}
}

// TestReceiptsFail holds that nothing is done that could not be kept before, and that what could not be
// kept afterwards is told.
func TestReceiptsFail(t *testing.T) {
	log := &receiptLog{MemoryReceipts: remediate.NewMemoryReceipts(), failAt: 1}
	r := &fake{}
	engine := enforcing(&remediate.Options{Receipts: log, MaxHops: 1})
	if res := engine.Run(t.Context(), r, finding()); res.Outcome != remediate.Failed || res.Err == nil || r.applies.Load() > 0 {
		t.Errorf("no intent: %s: %s", res.Outcome, res.Reason)
	}
	log.failAt = 3
	if res := engine.Run(t.Context(), r, finding()); res.Outcome != remediate.Applied || res.Err == nil || len(res.Notes) != 1 || res.Receipt == nil {
		t.Errorf("the claim was given back, and the end is not kept: %s: %s, %q", res.Outcome, res.Reason, res.Notes)
	}
}

// TestReceiptsOutlive holds that what was done is kept although the context has ended.
func TestReceiptsOutlive(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &receiptLog{MemoryReceipts: remediate.NewMemoryReceipts()}
	r := &fake{apply: func(p *remediate.Plan) (*remediate.Receipt, error) {
		cancel()
		return receiptOf(p, remediate.StepDone), nil
	}}
	engine := enforcing(&remediate.Options{Receipts: s})
	res := engine.Run(ctx, r, finding())
	if kept, err := engine.Receipt(t.Context(), res.Receipt.ID); err != nil || !kept.Changed() {
		t.Errorf("%s: kept %+v, error %v", res.Outcome, kept, err)
	}
}
