// Package app builds the whole of Sallyport in order, runs it, reloads it and closes it. Commands use it, and tests run
// it in-process.
package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"

	"sallyport/access"
	"sallyport/admin"
	"sallyport/audit"
	"sallyport/config"
	"sallyport/egress"
	"sallyport/gateway"
	"sallyport/quota"
	"sallyport/seal"
	"sallyport/store/postgres"
	"sallyport/store/sqlite"
	"sallyport/trust"
	"sallyport/upstream"
)

// App is a running Sallyport.
type App struct {
	Keys    *access.Book
	Gateway *gateway.Gateway
	// AdminToken opens the admin listener. It is new at every start.
	AdminToken string

	log     *slog.Logger
	record  *audit.Log
	store   Store
	dialer  *egress.Dialer
	metrics *metrics
	state   *admin.State
	ready   readiness

	mu      sync.Mutex // reloading
	config  *config.Config
	targets map[string]*upstream.Target

	servers   []*http.Server
	listeners []net.Listener
	closers   []func(context.Context) error // run backwards
}

// maxConversations bounds the conversations whose pseudonyms are kept in memory.
const maxConversations = 10_000

// Store is what keys and provenance are kept in.
type Store interface {
	access.Store
	trust.Store
	Close() error
}

// Open builds everything and begins to listen. Nothing is served before Run. What it opened it closes again on error.
func Open(ctx context.Context, c *config.Config, log *slog.Logger) (a *App, err error) {
	a = &App{log: log, config: c, state: &admin.State{Started: time.Now()}}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close(context.WithoutCancel(ctx)))
			a = nil
		}
	}()
	if err = os.MkdirAll(c.Data, 0o700); err != nil {
		return a, fmt.Errorf("data folder: %w", err)
	}
	key, err := seal.LoadOrCreateKey(filepath.Join(c.Data, "pepper"))
	if err != nil {
		return a, err
	}
	hasher, err := seal.Keyed(key)
	if err != nil {
		return a, err
	}
	if err = a.openRecord(filepath.Join(c.Data, "record")); err != nil {
		return a, err
	}
	if err = a.openStores(ctx, c, key); err != nil {
		return a, err
	}
	ledger, err := trust.Open(a.store, trust.Options{Key: key})
	if err != nil {
		return a, err
	}
	a.metrics = newMetrics(a)
	if a.dialer, err = egress.New(egress.Settings{Proxy: httpproxy.FromEnvironment(), OnRefused: a.egressRefused, OnStale: a.egressStale}); err != nil {
		return a, err
	}
	s, targets, err := settings(c, a.dialer)
	if err != nil {
		return a, err
	}
	a.targets = targets
	talks, err := trust.NewConversations(key, maxConversations)
	if err != nil {
		return a, err
	}
	a.Gateway = gateway.New(gateway.Parts{
		Keys: a.Keys, Limits: quota.New(time.Now(), 0), Record: a.record, Ledger: ledger, Talks: talks, Hasher: hasher,
		Dialects: Dialects(), Log: log, Observe: a.observe,
	}, s)
	a.AdminToken = newToken()
	a.state.Record = a.record
	a.sweep(ledger)
	return a, a.listen(c)
}

func newToken() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (a *App) openRecord(dir string) (err error) {
	if a.record, err = audit.Open(dir, audit.Options{}); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	a.onClose(func(context.Context) error { return a.record.Close() })
	if r := a.record.Recovered(); r.File != "" {
		a.log.Warn("the record's last batch was half written and is cut off; nobody was told it was there", "bytes", r.Bytes)
		a.event(&audit.Event{Time: time.Now(), Kind: "record.recovered", Actor: "system", Detail: []audit.Detail{{Name: "bytes", Value: fmt.Sprint(r.Bytes)}}})
	}
	return nil
}

func (a *App) openStores(ctx context.Context, c *config.Config, key seal.Key) (err error) {
	if a.store, err = OpenStore(ctx, c); err != nil {
		return err
	}
	a.onClose(func(context.Context) error { return a.store.Close() })
	if a.Keys, err = access.Open(ctx, a.store, access.Options{Pepper: key, MaxStale: access.DefaultMaxStale}); err != nil {
		return err
	}
	a.onClose(a.Keys.Close)
	return nil
}

// OpenStore opens the store a configuration names: PostgreSQL, or the embedded one in the data folder.
func OpenStore(ctx context.Context, c *config.Config) (Store, error) {
	if c.Store == "" {
		s, err := sqlite.Open(ctx, filepath.Join(c.Data, "sallyport.db"))
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		return s, nil
	}
	dsn, err := c.Store.Read(os.LookupEnv)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s, err := postgres.Open(ctx, seal.NewSecret(dsn))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return s, nil
}

// OpenKeys opens the keys of a configuration without serving: what the command line works on, beside a server or not.
func OpenKeys(ctx context.Context, c *config.Config) (*access.Book, func(context.Context) error, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, nil, fmt.Errorf("data folder: %w", err)
	}
	key, err := seal.LoadOrCreateKey(filepath.Join(c.Data, "pepper"))
	if err != nil {
		return nil, nil, err
	}
	store, err := OpenStore(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	book, err := access.Open(ctx, store, access.Options{Pepper: key, MaxStale: access.DefaultMaxStale})
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return book, func(ctx context.Context) error { return errors.Join(book.Close(ctx), store.Close()) }, nil
}

// Reload changes to another configuration. Calls under way keep the old one; listeners, data folder and store stay as
// they are until the next start. When anything in the new one is wrong, nothing changes.
func (a *App) Reload(c *config.Config) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, targets, err := settings(c, a.dialer)
	if err != nil {
		if _, restored := openTargets(a.config, a.dialer); restored != nil {
			a.log.Error("the destinations of the old configuration could not be declared again", "err", restored)
		}
		a.Reloaded(err)
		return err
	}
	old := a.targets
	a.config, a.targets = c, targets
	a.Gateway.Use(s)
	for _, t := range old {
		t.Close()
	}
	a.Reloaded(nil)
	return nil
}

// Reloaded notes how the last attempt to reload went: the console, a metric and the record say so.
func (a *App) Reloaded(err error) {
	a.metrics.reloaded(err == nil)
	a.state.Reloaded(err)
	e := audit.Event{Time: time.Now(), Kind: "config.reloaded", Actor: "system"}
	if err != nil {
		e.Kind = "config.refused"
	}
	a.event(&e)
}

// event puts an event on record; where that fails, the log says so.
func (a *App) event(e *audit.Event) {
	if err := a.record.Event(e); err != nil {
		a.log.Error("an event could not be recorded", "kind", e.Kind, "err", err)
	}
}

func (a *App) egressRefused(r *egress.Refused) {
	a.event(&audit.Event{Time: time.Now(), Kind: "egress.refused", Actor: "system", Subject: r.Host, Detail: []audit.Detail{{Name: "reason", Value: r.Reason}}})
}

func (a *App) egressStale(file string, err error) {
	a.log.Warn("a changed certificate file cannot be used; the last good one stays", "file", filepath.Base(file), "err", err)
}

// sweep forgets, once an hour, what the ledger no longer needs.
func (a *App) sweep(ledger *trust.Ledger) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Hour)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if _, err := ledger.Sweep(ctx, 100_000); err != nil && ctx.Err() == nil {
					a.log.Warn("old provenance could not be swept", "err", err)
				}
			}
		}
	}()
	a.onClose(func(context.Context) error { cancel(); <-done; return nil })
}

func (a *App) onClose(f func(context.Context) error) { a.closers = append(a.closers, f) }

// Close ends everything that Open began, the last first. It does not wait for calls: Run does.
func (a *App) Close(ctx context.Context) error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i](ctx))
	}
	a.closers = nil
	return errors.Join(errs...)
}
