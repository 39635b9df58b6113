package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"sallyport/admin"
)

// pageRows is how many calls a page shows at first.
const pageRows = 100

// live is what the first page shows.
type live struct {
	Filter   admin.Filter
	Filtered bool
	Past     bool // calls before a place in the past, which do not change
	Rows     []row
	Older    string // where to go on toward the past, "" at the beginning
	Stream   string // where new rows come from, "" on a page of the past
	Base     string
}

func (c *console) livePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f, err := admin.ParseFilter(q)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	before, err := place(q, "before")
	if err != nil {
		c.fail(w, r, err)
		return
	}
	p, err := c.desk.Calls(r.Context(), f, pageRows, before)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	v := live{Filter: f, Past: before > 0, Rows: rowsOf(p.Calls), Base: c.desk.Base}
	v.Filtered = len(f.Query()) > 0
	if p.Before > 0 {
		v.Older = with(&f, "/", "before", p.Before)
	}
	if !v.Past {
		v.Stream = with(&f, "/live", "after", p.Next)
	}
	title := "Live"
	if v.Past {
		title = "Past calls"
	}
	c.show(w, r, http.StatusOK, "live.html", frame{Title: title, Body: v})
}

// place reads a sequence number of a query, 0 where there is none.
func place(q url.Values, name string) (uint64, error) {
	if q.Get(name) == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(q.Get(name), 10, 64)
	if err != nil {
		return 0, admin.ErrInput
	}
	return n, nil
}

// with is path with the filter and one number more.
func with(f *admin.Filter, path, name string, n uint64) string {
	q := f.Query()
	q.Set(name, strconv.FormatUint(n, 10))
	return path + "?" + q.Encode()
}

// choice is one decision that can be filtered by.
type choice struct {
	Name string
	On   bool
}

// Choices lists the decisions to choose from.
func (v live) Choices() []choice {
	var list []choice
	for _, o := range admin.Outcomes() {
		list = append(list, choice{o, slices.Contains(v.Filter.Outcomes, o)})
	}
	return list
}
