package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sallyport/access"
	"sallyport/app"
)

func keysCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "keys",
		Short: "Make, list, rotate and revoke API keys",
		Long: `Make, list, rotate and revoke API keys. The commands work on the store of the configuration, beside a running gate or
without one, and count from the next request.`,
		Example: `  sallyport keys create --name my-app
  sallyport keys create --name nightly --model 'gpt-*' --expires 90d --json
  sallyport keys rotate key_… --overlap 24h`,
	}
	c.PersistentFlags().Bool("json", false, "print JSON")
	return group(c, keysCreate(), keysList(), keysRotate(), keysRevoke())
}

// withKeys runs f on the keys of the configuration.
func withKeys(c *cobra.Command, f func(context.Context, *access.Book) error) (err error) {
	conf, _, err := loadConfig(c)
	if err != nil {
		return err
	}
	book, closeAll, err := app.OpenKeys(c.Context(), conf)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll(context.WithoutCancel(c.Context()))) }()
	return f(c.Context(), book)
}

func keysCreate() *cobra.Command {
	var n access.NewKey
	var expires string
	c := &cobra.Command{
		Use:   "create --name NAME",
		Short: "Make a key and print it, once",
		Long: `Make a key and print it. It is shown this once; only a keyed hash of it is stored. A key with a name alone may use
every route and model.`,
		Example: `  sallyport keys create --name my-app
  sallyport keys create --name ci --route default --model 'gpt-4*' --expires 2027-01-31`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if n.Name == "" {
				return usageError{errors.New("a key needs --name, so that people know whose it is")}
			}
			var err error
			if n.Expires, err = parseExpiry(expires, time.Now()); err != nil {
				return usageError{err}
			}
			return withKeys(c, func(ctx context.Context, b *access.Book) error {
				secret, k, err := b.Create(ctx, n)
				if err != nil {
					return err
				}
				return printSecret(c, secret, k)
			})
		},
	}
	c.Flags().StringVar(&n.Name, "name", "", "name for people")
	c.Flags().StringVar(&n.Workspace, "workspace", "", "workspace the key belongs to (default \"default\")")
	c.Flags().StringSliceVar(&n.Routes, "route", nil, "route the key may use, * for any run of characters; may be repeated (default all)")
	c.Flags().StringSliceVar(&n.Models, "model", nil, "model the key may use, likewise (default all)")
	c.Flags().StringVar(&expires, "expires", "", "when it stops working: a duration (30d, 12h) or a date (2027-01-31) (default never)")
	return c
}

// parseExpiry reads a duration from now, days included, a date or a time (RFC 3339).
func parseExpiry(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := parseDuration(s); err == nil {
		if d <= 0 {
			return time.Time{}, errors.New("--expires must lie in the future")
		}
		return now.Add(d), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			if !t.After(now) {
				return time.Time{}, errors.New("--expires must lie in the future")
			}
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--expires %q is neither a duration (30d, 12h) nor a date (2027-01-31)", s)
}

func parseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n < 1e5 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	return time.ParseDuration(s)
}

// printSecret shows a new key: the only time it can be seen.
func printSecret(c *cobra.Command, secret string, k access.Key) error {
	if asJSON(c) {
		return printJSON(c, struct {
			ID      string     `json:"id"`
			Key     string     `json:"key"`
			Name    string     `json:"name"`
			Expires *time.Time `json:"expires"`
		}{k.ID, secret, k.Name, orNil(k.Expires)})
	}
	fmt.Fprintf(c.OutOrStdout(), "%s\n", secret)
	fmt.Fprintf(c.ErrOrStderr(), "id %s, name %q. Keep the key now: it is not shown again.\n", k.ID, k.Name)
	return nil
}

func keysList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the keys, without their secrets",
		Example: "  sallyport keys list --json",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withKeys(c, func(ctx context.Context, b *access.Book) error {
				keys, err := b.List(ctx, "")
				if err != nil {
					return err
				}
				if asJSON(c) {
					out := make([]keyView, len(keys))
					for i, k := range keys {
						out[i] = viewOf(k)
					}
					return printJSON(c, out)
				}
				return printKeys(c, keys)
			})
		},
	}
}

// keyView is a key as people and programs see it.
type keyView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Workspace string     `json:"workspace"`
	State     string     `json:"state"`
	Routes    []string   `json:"routes,omitempty"`
	Models    []string   `json:"models,omitempty"`
	Created   time.Time  `json:"created"`
	Expires   *time.Time `json:"expires"`
	LastUsed  *time.Time `json:"last_used"`
	Successor string     `json:"successor,omitempty"`
}

func viewOf(k access.Key) keyView {
	return keyView{k.ID, k.Name, k.Workspace, stateOf(k, time.Now()), k.Routes, k.Models, k.Created, orNil(k.Expires), orNil(k.LastUsed), k.Successor}
}

func stateOf(k access.Key, now time.Time) string {
	switch {
	case !k.Revoked.IsZero():
		return "revoked"
	case !k.Expires.IsZero() && !now.Before(k.Expires), !k.Retires.IsZero() && !now.Before(k.Retires):
		return "expired"
	case k.Successor != "":
		return "rotated"
	}
	return "active"
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func printKeys(c *cobra.Command, keys []access.Key) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tWORKSPACE\tSTATE\tMODELS\tROUTES\tEXPIRES\tLAST USED")
	for _, k := range keys {
		v := viewOf(k)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", v.ID, v.Name, v.Workspace, v.State, orAll(v.Models), orAll(v.Routes), day(k.Expires, "never"), day(k.LastUsed, "-"))
	}
	return w.Flush()
}

func orAll(list []string) string {
	if len(list) == 0 {
		return "all"
	}
	return strings.Join(list, ",")
}

func day(t time.Time, zero string) string {
	if t.IsZero() {
		return zero
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func keysRotate() *cobra.Command {
	var overlap string
	c := &cobra.Command{
		Use:     "rotate ID",
		Short:   "Give a key a successor and print it, once",
		Long:    "Give a key a successor with the same scopes and print it. The old key goes on working for the overlap, then stops.",
		Example: "  sallyport keys rotate key_… --overlap 24h",
		Args:    oneArg("the id of a key"),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := parseDuration(overlap)
			if err != nil || d < 0 {
				return usageError{fmt.Errorf("--overlap %q is not a duration (24h, 7d)", overlap)}
			}
			return withKeys(c, func(ctx context.Context, b *access.Book) error {
				secret, k, err := b.Rotate(ctx, args[0], d)
				if err != nil {
					return err
				}
				return printSecret(c, secret, k)
			})
		},
	}
	c.Flags().StringVar(&overlap, "overlap", "24h", "how long the old key goes on working")
	return c
}

func keysRevoke() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Short:   "End a key for good",
		Example: "  sallyport keys revoke key_…",
		Args:    oneArg("the id of a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return withKeys(c, func(ctx context.Context, b *access.Book) error {
				if err := b.Revoke(ctx, args[0]); err != nil {
					return err
				}
				k, err := b.Get(ctx, args[0])
				if err != nil {
					return err
				}
				if asJSON(c) {
					return printJSON(c, viewOf(k))
				}
				fmt.Fprintf(c.OutOrStdout(), "%s (%s) is revoked\n", k.ID, k.Name)
				return nil
			})
		},
	}
}

func asJSON(c *cobra.Command) bool {
	v, err := c.Flags().GetBool("json")
	return err == nil && v
}

func printJSON(c *cobra.Command, v any) error {
	e := json.NewEncoder(c.OutOrStdout())
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
