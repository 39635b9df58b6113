package console

import (
	"net/http"

	"sallyport/admin"
)

// call is what the page of one call shows.
type call struct {
	row
	Own      bar   // the gate's own stages, without the wait for a provider
	OwnTime  int64 // their sum
	Wait     int64 // what the provider's stage took
	Passages []passage
}

// passage is a text in which something was found or changed, as far as the record tells of it.
type passage struct {
	Side, Path string
	Scale      int
	Known      bool // Scale is the length of the body
	Spans      []span
}

func (c *console) callPage(w http.ResponseWriter, r *http.Request) {
	one, err := c.desk.Call(r.Context(), r.PathValue("id"))
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "call.html", frame{Title: one.ID, Body: detail(one)})
}

// providerStage is the stage in which the gate waits for somebody else.
const providerStage = "route"

func detail(c *admin.Call) call {
	d := call{row: row{c}}
	stages := c.Stages()
	for i := range stages {
		if stages[i].Name == providerStage {
			d.Wait, stages[i].Micros = stages[i].Micros, 0
			continue
		}
		d.OwnTime += stages[i].Micros
	}
	d.Own = barOf(stages, 0)
	d.Passages = passagesOf(c)
	return d
}

// passagesOf groups findings by the passage they stand in, in the order in which they were found.
func passagesOf(c *admin.Call) []passage {
	var list []passage
	at := map[[2]string]int{}
	for _, f := range c.Findings {
		key := [2]string{string(f.Side), f.Path}
		i, ok := at[key]
		if !ok {
			i = len(list)
			at[key] = i
			p := passage{Side: key[0], Path: key[1]}
			p.Scale, p.Known = scaleOf(c, p.Side, p.Path)
			list = append(list, p)
		}
		list[i].Spans = append(list[i].Spans, spanOf(f, list[i].Scale, list[i].Known))
	}
	return list
}
