package gateway

import (
	"net/url"
	"slices"
	"strings"

	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/guard"
	"sallyport/upstream"
)

// inspectInput judges every text of the call, and every place that cannot be judged by its text.
func (x *exchange) inspectInput() error {
	if err := x.enter(audit.InspectInput); err != nil {
		return err
	}
	if err := x.specials(); err != nil {
		return err
	}
	if x.by.Guard.Idle(guard.Input) {
		return nil
	}
	x.conversation()
	if err := x.inspectHeaders(); err != nil {
		return err
	}
	var blocked *dialect.Problem
	for i := range x.req.Texts {
		p := &x.req.Texts[i]
		v := x.by.Guard.Inspect(x.ctx, guard.Input, guard.Passage{Origin: p.Origin, Text: p.Node.Str(), Names: x.guardNames()})
		if v.Untouched() {
			continue
		}
		x.note(guard.Input, p.Node.Path, &v, p.Origin)
		if p.Node == x.req.Model {
			x.rec.Model = "(withheld)" // the record and the log hold nothing that a rule found
		}
		if v.Action == guard.Block || len(v.Edits) > 0 && (p.Signed || x.req.Form != nil) {
			blocked = blockProblem(&v, p.Node.Path())
			continue // the record names everything that was found, not the first alone
		}
		for _, e := range v.Edits {
			x.edits = append(x.edits, p.Node.Replace(e.Start, e.End, e.New))
			x.noteEdit(audit.Input, p.Node.Path(), e)
		}
	}
	if blocked != nil {
		return blocked
	}
	return x.ctx.Err()
}

// inspectHeaders judges the header lines of the caller that go upstream. They are not edited: one in which a rule would
// is refused.
func (x *exchange) inspectHeaders() error {
	for _, f := range upstream.Forward(x.in.Header, nil) {
		switch f.Name {
		case "Accept", "Content-Type", "Anthropic-Version":
			if len(f.Value) < 64 && !strings.Contains(f.Value, "@") {
				continue // as everybody writes them
			}
		}
		v := x.by.Guard.Inspect(x.ctx, guard.Input, guard.Passage{Origin: guard.User, Text: f.Value})
		if v.Untouched() {
			continue
		}
		path := "header." + f.Name
		x.note(guard.Input, func() string { return path }, &v, guard.User)
		if v.Action == guard.Block || len(v.Edits) > 0 {
			return blockProblem(&v, path)
		}
	}
	return nil
}

// blockProblem says which rule blocked and where, and nothing of the text.
func blockProblem(v *guard.Verdict, path string) *dialect.Problem {
	rule, what := "", "found something that may not pass"
	for _, f := range v.Findings {
		if f.Action >= guard.Mask && !f.Shadow && (rule == "" || f.Action == guard.Block) {
			rule = f.Detector
		}
	}
	for _, m := range v.Missed {
		if m.Action == guard.Block {
			rule, what = m.Detector, "could not inspect this text"
		}
	}
	return &dialect.Problem{Status: 400, Class: dialect.ContentFilter, Code: "content_filter", Param: path,
		Message: "blocked by a content rule of this gateway: " + rule + " " + what}
}

// specials judges what is not text: kinds nobody knows, opaque state, media, tools that run at the provider.
func (x *exchange) specials() error {
	for i := range x.req.Specials {
		if err := x.special(&x.req.Specials[i]); err != nil {
			return err
		}
	}
	return nil
}

func (x *exchange) special(s *dialect.Special) error {
	mandatory := x.by.Guard.Mandatory()
	path := s.Node.Path()
	switch s.Kind {
	case dialect.HostedTool:
		if !slices.Contains(x.by.HostedTools, s.Value) {
			return &dialect.Problem{Status: 400, Class: dialect.Forbidden, Code: "hosted_tool_forbidden", Param: path,
				Message: "this tool runs at the provider, where its calls cannot be inspected; the route does not allow it"}
		}
	case dialect.RemoteMedia:
		if !x.mayFetch(s.Value) {
			return &dialect.Problem{Status: 400, Class: dialect.Forbidden, Code: "remote_media_forbidden", Param: path,
				Message: "the route does not allow the provider to fetch from this host"}
		}
	case dialect.InlineMedia:
		return x.media(s, path)
	case dialect.Opaque, dialect.StateID:
		known, err := x.g.Ledger.Known(x.ctx, x.caller.Workspace, s.What, s.Value)
		if err != nil {
			return refuse(503, dialect.Unavailable, "provenance_unavailable", "the gateway cannot check where this state comes from at the moment")
		}
		if !known {
			return x.unknown(mandatory, path, string(s.Kind), "this state was not delivered to this workspace by this gateway, so what it holds is unknown")
		}
	case dialect.TokenIDs:
		return x.unknown(mandatory, path, "token_ids", "text given as token ids cannot be inspected: send it as text")
	case dialect.UnknownType:
		return x.unknown(mandatory, path, "unknown_type", "this kind of "+s.What+" is not known to this gateway, so it cannot be inspected")
	}
	return nil
}

// unknown refuses what cannot be inspected where the guard is mandatory, else puts it on record.
func (x *exchange) unknown(mandatory bool, path, kind, message string) error {
	if mandatory {
		return &dialect.Problem{Status: 400, Class: dialect.Invalid, Code: kind, Param: path, Message: message}
	}
	x.flag(kind, path, guard.Flag)
	return nil
}

func (x *exchange) flag(kind, path string, action guard.Treatment) {
	x.rec.Findings = append(x.rec.Findings, audit.Finding{Side: audit.Input, Detector: "structure", Family: "structure", Kind: kind,
		Path: path, Action: action.String()})
}

// media vets what comes inline: nobody looks into it, so its type must be one a provider takes for what it is, and the
// route says whether that is enough.
func (x *exchange) media(s *dialect.Special, path string) error {
	action := x.by.Media
	if action == guard.Allow {
		return nil
	}
	x.flag("inline_"+s.What, path, action)
	if action == guard.Block {
		return &dialect.Problem{Status: 400, Class: dialect.ContentFilter, Code: "inline_media_forbidden", Param: path,
			Message: "images, audio and files cannot be inspected and the route does not let them pass"}
	}
	if !vetted(s) {
		return &dialect.Problem{Status: 415, Class: dialect.Unsupported, Code: "media_type_forbidden", Param: path,
			Message: "the content is not what its type says, or of a type that may not pass"}
	}
	return nil
}

func (x *exchange) mayFetch(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return slices.ContainsFunc(x.by.RemoteMedia, func(allowed string) bool { return matches(strings.ToLower(allowed), host) })
}
