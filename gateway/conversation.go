package gateway

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// conversation finds the pseudonyms of the conversation the call belongs to. What tells conversations apart is, in this
// order: the header X-Sallyport-Conversation; the id under which the provider keeps the history; how the history that
// is sent again with every call begins. Two conversations that begin with the same words share their names, within one
// workspace; nobody learns more from that than what he wrote himself.
func (x *exchange) conversation() {
	if !x.by.Guard.Pseudonyms() {
		return
	}
	talks, workspace := x.g.Talks, x.caller.Workspace
	if id := x.in.Header.Get("X-Sallyport-Conversation"); id != "" {
		x.names = talks.Names(talks.ID(workspace, "header", id))
		return
	}
	for _, s := range x.req.Specials {
		if isHistory(s) {
			x.names = talks.Names(talks.ID(workspace, s.What, s.Value))
			return
		}
	}
	parts := []string{"prefix"}
	for _, p := range x.req.Texts {
		if p.Origin == guard.Operator || p.Origin == guard.User {
			parts = append(parts, p.Node.Str())
			if p.Origin == guard.User {
				break
			}
		}
	}
	x.names = talks.Names(talks.ID(workspace, parts...))
}

// isHistory reports whether a special place names a history that the provider keeps.
func isHistory(s dialect.Special) bool {
	return s.Kind == dialect.StateID && (s.What == "response" || s.What == "conversation")
}

// keepNames remembers the pseudonyms under the ids by which a later call may go on with this history.
func (x *exchange) keepNames() {
	if x.names == nil {
		return
	}
	var ids []string
	for _, b := range x.releaser.blobs {
		if isHistory(b) {
			ids = append(ids, x.g.Talks.ID(x.caller.Workspace, b.What, b.Value))
		}
	}
	if len(ids) > 0 || x.in.Header.Get("X-Sallyport-Conversation") != "" {
		x.names.Keep(ids...)
	}
}

// guardNames is the conversation's names as the engine takes them: none where there is none.
func (x *exchange) guardNames() guard.Names {
	if x.names == nil {
		return nil
	}
	return x.names
}
