package gateway

import (
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"

	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/guard"
)

// maxSchema bounds what is compiled of a caller's schema; a larger one counts as not kept.
const maxSchema = 256 << 10

// toolSchemas are the schemas of the tools a call offers, compiled when a model first calls one.
type toolSchemas map[string]*jsonschema.Resolved

// checkCall holds the arguments of a tool call to the schema the caller gave the tool, and returns the problem where
// they break it and the route blocks that. Arguments of a tool without a schema are not judged by this.
func (x *exchange) checkCall(name string, args []byte, path func() string) *dialect.Problem {
	action := x.by.ToolArguments
	if action == guard.Allow {
		return nil
	}
	for _, s := range x.req.Schemas {
		if s.Name == name && !x.keeps(name, s.Schema.Raw(), args) {
			x.rec.Findings = append(x.rec.Findings, audit.Finding{Side: audit.Output, Detector: "schema", Family: "structure",
				Kind: "tool_arguments", Origin: guard.ToolArgs.String(), Path: path(), Action: action.String()})
			if action == guard.Block {
				return refuse(400, dialect.ContentFilter, "content_filter", "blocked by this gateway: the model called a tool with arguments that break its schema")
			}
			return nil
		}
	}
	return nil
}

// keeps reports whether arguments keep a schema. A schema that cannot be read is kept by nothing: what cannot be
// checked is not clean. References out of the schema are not followed.
func (x *exchange) keeps(name string, schema, args []byte) bool {
	resolved, known := x.schemas[name]
	if !known {
		if x.schemas == nil {
			x.schemas = toolSchemas{}
		}
		resolved = compileSchema(schema)
		x.schemas[name] = resolved
	}
	if resolved == nil {
		return false
	}
	if len(args) == 0 {
		args = []byte("{}") // how models call a tool that takes nothing
	}
	var instance any
	return json.Unmarshal(args, &instance) == nil && resolved.Validate(instance) == nil
}

func compileSchema(raw []byte) *jsonschema.Resolved {
	var s jsonschema.Schema
	if len(raw) > maxSchema || json.Unmarshal(raw, &s) != nil {
		return nil
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return nil
	}
	return resolved
}

// called notes which tool the arguments on a channel are for, and checks those that are here whole. A piece that begins
// a call waits for its arguments: a caller who has half a call may act on it.
func (q *releaser) called(h *held, c dialect.Call) {
	if !c.Args.OK() {
		q.calls = append(q.calls, c)
		if !q.idle || q.schemas {
			ch := q.open(c.Channel, guard.ToolArgs)
			h.parts = append(h.parts, part{&dialect.Segment{Mode: dialect.Args}, ch, ch.n, ch.n})
		}
		return
	}
	if p := q.x.checkCall(c.Name, c.Args.Raw(), c.Args.Path); p != nil {
		h.blocked = p
	}
}

// tool is the name of the tool whose arguments come on a channel.
func (q *releaser) tool(name dialect.Channel) string {
	for _, c := range q.calls {
		if c.Channel == name {
			return c.Name
		}
	}
	return ""
}
