package remediate

import (
	"context"
	"fmt"
	"sync"
)

// Receipts keeps receipts. Implementations must be safe for concurrent use, and must not let others
// read what they keep: receipts tell how an account is protected.
type Receipts interface {
	// Put keeps r under its ID, in the place of the one that it kept under that before.
	Put(ctx context.Context, r *Receipt) error
	// Get returns the receipt with the ID. The error wraps [ErrNotFound] if there is none.
	Get(ctx context.Context, id string) (*Receipt, error)
}

// maxReceipts bounds the memory of receipts.
const maxReceipts = 10_000

// MemoryReceipts keeps the latest 10,000 receipts in the memory of one process. It is safe for
// concurrent use.
type MemoryReceipts struct {
	mu       sync.Mutex
	receipts map[string]*Receipt
	order    []string // the IDs, oldest first
}

// NewMemoryReceipts returns a MemoryReceipts without receipts.
func NewMemoryReceipts() *MemoryReceipts {
	return &MemoryReceipts{receipts: make(map[string]*Receipt)}
}

// Put implements [Receipts].
func (m *MemoryReceipts) Put(_ context.Context, r *Receipt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.receipts[r.ID]; !ok {
		if len(m.order) == maxReceipts {
			delete(m.receipts, m.order[0])
			m.order = m.order[1:]
		}
		m.order = append(m.order, r.ID)
	}
	m.receipts[r.ID] = r
	return nil
}

// Get implements [Receipts].
func (m *MemoryReceipts) Get(_ context.Context, id string) (*Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.receipts[id]
	if !ok {
		return nil, noReceipt(id)
	}
	return r, nil
}

func noReceipt(id string) error {
	return fmt.Errorf("remediate: the receipt %.100q: %w", id, ErrNotFound)
}
