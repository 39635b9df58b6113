package access

import (
	"context"
	"fmt"
	"time"
)

// flushTurns is the number of looks at the store between two flushes of LastUsed.
const flushTurns = 5

// Problem returns why the store cannot be read, nil while it can. Meanwhile the last good snapshot answers, if it may.
func (b *Book) Problem() error {
	if p := b.problem.Load(); p != nil {
		return *p
	}
	return nil
}

// run looks at the store in case an announcement was lost, and hands over what was used.
func (b *Book) run() {
	tick := time.NewTicker(b.poll)
	defer tick.Stop()
	for turn := 1; ; turn++ {
		select {
		case <-b.stop:
			return
		case <-tick.C:
		}
		b.loading <- struct{}{}
		_ = b.load(context.Background()) // kept in problem
		<-b.loading
		if turn%flushTurns == 0 && !b.away.Load() {
			ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
			_ = b.flush(ctx) // what could not be told is told at the next turn
			cancel()
		}
	}
}

// flush tells the store which keys were used since it was last told.
func (b *Book) flush(ctx context.Context) error {
	used, told := make(map[string]time.Time), make(map[*entry]int64)
	for id, e := range b.snapshot.Load().byID {
		if second := e.used.Load(); second != e.flushed.Load() {
			used[id], told[e] = time.Unix(second, 0).UTC(), second
		}
	}
	if len(used) == 0 {
		return nil
	}
	if err := b.store.UseKeys(ctx, used); err != nil {
		return fmt.Errorf("store when keys were used: %w", err)
	}
	for e, second := range told {
		e.flushed.Store(second)
	}
	return nil
}

func (b *Book) closed() bool {
	select {
	case <-b.stop:
		return true
	default:
		return false
	}
}

// Close ends the background loop and hands over what was used. Afterwards Authenticate returns ErrUnavailable.
func (b *Book) Close(ctx context.Context) (err error) {
	b.closing.Do(func() {
		close(b.stop)
		b.stopped.Wait()
		err = b.flush(ctx)
		b.loading <- struct{}{} // a reading that is under way would open the book again
		defer func() { <-b.loading }()
		b.problem.Store(&errClosed)
		b.away.Store(true)
	})
	return err
}
