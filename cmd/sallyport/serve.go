package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"sallyport/access"
	"sallyport/app"
	"sallyport/audit"
	"sallyport/config"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the gate",
		Long: `Run the gate. Without a configuration it keeps everything in ./sallyport-data and uses the providers whose key is in
the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY), or a simulated model when there is none. When no key exists yet
one is made and printed, once.

The configuration is read again when the file changes and on SIGHUP; what is wrong in it is logged and the old one
stays. SIGINT and SIGTERM drain: calls under way go to their end.`,
		Example: `  sallyport serve
  sallyport serve --config sallyport.yaml`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, path, err := loadConfig(c)
			if err != nil {
				return err
			}
			return serve(c.Context(), conf, path, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
}

// tuneGC lets the heap grow to several times what lives in it before it is collected: little lives between calls, so
// that costs some megabytes and saves most of the collector's time. GOGC in the environment has the last word.
func tuneGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

func serve(ctx context.Context, conf *config.Config, path string, stdout, stderr io.Writer) error {
	tuneGC()
	log := newLog(conf.Log, stderr)
	for _, w := range conf.Warnings {
		log.Warn("configuration", "warning", w.String())
	}
	a, err := app.Open(ctx, conf, log)
	if errors.Is(err, audit.ErrLocked) {
		return fmt.Errorf("%w: another sallyport serves from this data folder; give this one its own (data: in the configuration)", err)
	}
	if err != nil {
		return err
	}
	if err := welcome(ctx, a, conf, stdout); err != nil {
		a.Close(context.WithoutCancel(ctx))
		return err
	}
	debug.FreeOSMemory() // what building the detectors took is not needed again
	if path != "" {
		watch(ctx, a, path, log)
	}
	log.Info("serving", "data", a.Addr(), "admin", a.AdminAddr(), "metrics", a.MetricsAddr())
	return a.Run(ctx)
}

func newLog(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// watch reloads on a changed file and on SIGHUP until ctx is done.
func watch(ctx context.Context, a *app.App, path string, log *slog.Logger) {
	reload := func() {
		conf, err := config.Load(path, app.Known())
		if err == nil {
			err = a.Reload(conf)
		} else {
			a.Reloaded(err)
		}
		if err != nil {
			log.Error("the configuration was not changed: the new one is wrong", "err", err)
			return
		}
		log.Info("configuration reloaded")
	}
	if _, err := config.Watch(ctx, path, reload); err != nil {
		log.Warn("changes of the configuration file will not be noticed; send SIGHUP", "err", err)
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	go func() {
		defer signal.Stop(hup)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hup:
				reload()
			}
		}
	}()
}

// welcome prints where the gate is and, when no key exists yet, the first key with a line to try it. It goes to
// standard output, never to the log.
func welcome(ctx context.Context, a *app.App, conf *config.Config, w io.Writer) error {
	scheme := "http"
	if conf.TLS.Cert != "" {
		scheme = "https"
	}
	base := scheme + "://" + a.Addr()
	fmt.Fprintf(w, "Sallyport\n  applications  %s/v1\n  admin         http://%s   token %s\n  metrics       http://%s/metrics\n",
		base, a.AdminAddr(), a.AdminToken, a.MetricsAddr())
	for _, u := range conf.Upstreams {
		if u.Kind == config.Sim {
			fmt.Fprintf(w, "  upstream      %s: a simulated model that repeats what it is told\n", u.Name)
			continue
		}
		fmt.Fprintf(w, "  upstream      %s: %s\n", u.Name, u.URL)
	}
	keys, err := a.Keys.List(ctx, "")
	if err != nil || len(keys) > 0 {
		return err
	}
	secret, _, err := a.Keys.Create(ctx, access.NewKey{Name: "first"})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, `
No API key exists yet, so here is the first. It is shown this once.

  %s

Try it:

  curl %s/v1/chat/completions \
    -H "Authorization: Bearer %s" \
    -H "Content-Type: application/json" \
    -d '{"model":"any","messages":[{"role":"user","content":"Hello from the other side of the gate"}]}'

`, secret, base, secret)
	return nil
}
