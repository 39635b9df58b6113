package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"

	"github.com/spf13/cobra"

	"sallyport/audit"
)

func explainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "explain REQUEST-ID",
		Short: "Show how one call was decided",
		Long: `Show how one call was decided: what each stage took, what was found and what was done about it, which upstreams were
tried, what it used, and the digests of what was inspected and sent. The id stands in the header X-Sallyport-Request-Id
of every answer, and in sallyport log. It reads the record's files and works beside a running gate.

The record holds no text, so neither does this: findings are kinds and places, texts are keyed digests.

Exit code 1: the record has no such call.`,
		Example: `  sallyport explain req_… --config sallyport.yaml
  sallyport explain req_… --json | jq .end.findings`,
		Args: oneArg("the id of a request"),
		RunE: func(c *cobra.Command, args []string) error {
			conf, _, err := loadConfig(c)
			if err != nil {
				return err
			}
			r, err := findRequest(c.Context(), filepath.Join(conf.Data, "record"), args[0], recent)
			if err != nil {
				return err
			}
			if asJSON(c) {
				return explainJSON(c, args[0], r)
			}
			_, err = c.OutOrStdout().Write(explain(r))
			return err
		},
	}
	c.Flags().Bool("json", false, "print the two entries of the record as JSON")
	return c
}

// recent is how many calls are looked at from the end first: what people ask about has mostly just happened.
const recent = 1000

// findRequest looks for a request among the newest, then in the whole record.
func findRequest(ctx context.Context, dir, id string, newest int) (*audit.Request, error) {
	list, err := audit.Tail(dir, newest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unknownRequest(dir, id)
	}
	if err != nil {
		return nil, err
	}
	for i := range list {
		if r := &list[i]; idOf(r) == id && complete(r) {
			return r, nil
		}
	}
	session, err := audit.SessionOf(dir)
	if err != nil {
		return nil, err
	}
	for r, err := range audit.Requests(naming(ctx, audit.Read(dir, 0), id), session) {
		if err != nil {
			return nil, err
		}
		if idOf(&r) == id {
			return &r, nil
		}
	}
	return nil, unknownRequest(dir, id)
}

func unknownRequest(dir, id string) error {
	return fmt.Errorf("the record in %s has no request %q; the id is in the header X-Sallyport-Request-Id of the answer and in sallyport log", dir, cut(id, 80))
}

func idOf(r *audit.Request) string {
	if r.End != nil {
		return r.End.ID
	}
	return r.Start.ID
}

// complete reports whether r has all there is of it. A call that ended before the upstream was chosen has no start.
func complete(r *audit.Request) bool {
	return r.Start != nil || r.End.Stage < audit.Route
}

// naming passes on the entries that hold the id anywhere, so that few of a long record are decoded.
func naming(ctx context.Context, entries iter.Seq2[audit.Entry, error], id string) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		needle := []byte(id)
		for e, err := range entries {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && !bytes.Contains(e.Data, needle) {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// explainJSON prints {"id","state","start","end"}; what there is not is null.
func explainJSON(c *cobra.Command, id string, r *audit.Request) error {
	out := struct {
		ID    string          `json:"id"`
		State audit.State     `json:"state"`
		Start json.RawMessage `json:"start"`
		End   json.RawMessage `json:"end"`
	}{ID: id, State: r.State}
	if r.Start != nil {
		out.Start = audit.AppendStart(nil, r.Start)
	}
	if r.End != nil {
		out.End = audit.AppendEnd(nil, r.End)
	}
	return printJSON(c, out)
}
