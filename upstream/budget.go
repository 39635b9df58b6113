package upstream

import "sync/atomic"

// budget bounds the retries of one target to a share of its calls, so that a provider in trouble is not buried under
// the calls of everybody who tries again. The zero value is full. It is safe for concurrent use.
type budget struct {
	spent atomic.Int64 // thousandths of a retry
}

const (
	budgetRetry = 1_000  // what a retry takes
	budgetCall  = 200    // what a call gives back: one retry for five calls
	budgetMost  = 10_000 // ten retries in a row
)

// earn is called once for each call that reaches the target.
func (b *budget) earn() {
	for {
		spent := b.spent.Load()
		if spent == 0 || b.spent.CompareAndSwap(spent, max(0, spent-budgetCall)) {
			return
		}
	}
}

// spend says whether one more retry is allowed, and counts it.
func (b *budget) spend() bool {
	for {
		spent := b.spent.Load()
		if spent+budgetRetry > budgetMost {
			return false
		}
		if b.spent.CompareAndSwap(spent, spent+budgetRetry) {
			return true
		}
	}
}
