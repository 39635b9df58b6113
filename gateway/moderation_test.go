package gateway

import (
	"strings"
	"testing"
)

func TestAModerationNeedNotNameAModel(t *testing.T) {
	r := newRig(t, func(s *Settings) { s.named("strict").Models = []string{"omni-*"} })
	r.provider.saysBody(`{"id":"modr-1","model":"omni-moderation-latest","results":[]}`)
	for body, status := range map[string]int{
		`{"input":"write to jane.doe@example.com"}`: 200,
		`{"input":"hello","model":7}`:               400,
		`{"input":"hello","model":""}`:              400,
	} {
		o := r.do(t, call{path: "/v1/moderations", body: body})
		if o.status != status {
			t.Errorf("%s: %d %s", body, o.status, o.body)
		}
		for _, asked := range o.asked {
			if strings.Contains(string(asked.Body), "jane.doe") || strings.Contains(string(asked.Body), "model") {
				t.Errorf("the provider got %s", asked.Body)
			}
		}
	}
}
