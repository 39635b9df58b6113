package audit

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// filled draws a value of any record type: every field set or zero, lists of up to three.
func filled(r *rapid.T, v reflect.Value, name string) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		if rapid.Bool().Draw(r, name+" is set") {
			*x = time.Unix(rapid.Int64Range(0, 7_258_118_400).Draw(r, name), rapid.Int64Range(0, 999_999_999).Draw(r, "ns")).UTC()
		}
		return
	case *Stage:
		*x = Stage(rapid.IntRange(0, int(stageCount)-1).Draw(r, name))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[a-z_.]{1,20}`), rapid.String()).Draw(r, name))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64()).Draw(r, name))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(r, name))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(r, name))
	case reflect.Struct:
		for i := range v.NumField() {
			filled(r, v.Field(i), v.Type().Field(i).Name)
		}
	case reflect.Array:
		for i := range v.Len() {
			filled(r, v.Index(i), name)
		}
	case reflect.Slice:
		for range rapid.IntRange(0, 3).Draw(r, name+" length") {
			e := reflect.New(v.Type().Elem()).Elem()
			filled(r, e, name)
			v.Set(reflect.Append(v, e))
		}
	default:
		r.Fatalf("field %s has kind %v, which this test does not know", name, v.Kind())
	}
}

func TestDecodingAnEncodedRecordGivesTheSameRecord(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var s Start
		var e End
		var ev Event
		filled(r, reflect.ValueOf(&s).Elem(), "start")
		filled(r, reflect.ValueOf(&e).Elem(), "end")
		filled(r, reflect.ValueOf(&ev).Elem(), "event")
		checkIdentity(r, AppendStart(nil, &s), Record{Start: &s})
		checkIdentity(r, AppendEnd(nil, &e), Record{End: &e})
		checkIdentity(r, AppendEvent(nil, &ev), Record{Event: &ev})
	})
}

func checkIdentity(r *rapid.T, line []byte, want Record) {
	if bytes.ContainsAny(line, "\n\r") || !jsontext.Value(line).IsValid() {
		r.Fatalf("not one line of JSON: %q", line)
	}
	got, err := Decode(line)
	if err != nil || !reflect.DeepEqual(got, want) {
		r.Fatalf("%s\ndecodes to %+v %v", line, got, err)
	}
}

// Every field must be written: a field that is added to a type and forgotten in encode.go shows here even if no random
// value finds it.
func TestEveryFieldOfARecordIsWritten(t *testing.T) {
	var s Start
	var e End
	var ev Event
	for _, rec := range []any{&s, &e, &ev} {
		set(reflect.ValueOf(rec).Elem())
	}
	for _, tt := range []struct {
		of   reflect.Type
		line []byte
	}{
		{reflect.TypeFor[Start](), AppendStart(nil, &s)},
		{reflect.TypeFor[End](), AppendEnd(nil, &e)},
		{reflect.TypeFor[Event](), AppendEvent(nil, &ev)},
	} {
		list := names(tt.of)
		if len(list) == 0 {
			t.Errorf("%v has no members", tt.of)
		}
		for _, name := range list {
			if !strings.Contains(string(tt.line), `"`+name+`":`) {
				t.Errorf("%s of %v is not in %s", name, tt.of, tt.line)
			}
		}
	}
}

// set gives every field a value that is not zero.
func set(v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Unix(1, 0)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for i := range v.NumField() {
			set(v.Field(i))
		}
	case reflect.Array:
		set(v.Index(0))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		set(v.Index(0))
	}
}

// names returns the member names of t and of what is within it.
func names(t reflect.Type) []string {
	var list []string
	switch {
	case t.Kind() == reflect.Slice:
		return names(t.Elem())
	case t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]():
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			list = append(list, name)
		}
		list = append(list, names(f.Type)...)
	}
	return list
}

func TestRecordsLookLikeThis(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 80, time.FixedZone("", 3600))
	call := Call{ID: "req_1", Model: "a\"b\n", RequestBytes: 12}
	tests := []struct {
		name string
		got  []byte
		want string
	}{
		{"a start", AppendStart(nil, &Start{Time: at, Call: call}),
			`{"kind":"start","time":"2026-03-04T04:06:07.00000008Z","id":"req_1","model":"a\"b\n","request_bytes":12}`},
		{"an end", AppendEnd(nil, &End{Call: call, Stage: Limit, Decision: Refuse, Status: 429,
			Findings: []Finding{{Kind: "email", Score: 0.5}, {}}, Timings: Timings{Total: 9}}),
			`{"kind":"end","id":"req_1","model":"a\"b\n","request_bytes":12,"stage":"limit","decision":"refuse","status":429,` +
				`"findings":[{"kind":"email","score":0.5},{}],"timings":{"stages":[0,0,0,0,0,0,0,0],"total":9}}`},
		{"an event", AppendEvent(nil, &Event{Kind: "key.created", Actor: "ops", Detail: []Detail{{"scope", "chat"}}}),
			`{"kind":"event","event":"key.created","actor":"ops","detail":[{"name":"scope","value":"chat"}]}`},
		{"text that is not UTF-8", AppendStart(nil, &Start{Call: Call{ID: "a\xffb"}}), `{"kind":"start","id":"a` + "\ufffd" + `b"}`},
		{"scores that are no numbers", AppendEnd(nil, &End{Findings: []Finding{{Score: math.NaN()}, {Score: math.Inf(1)}}}),
			`{"kind":"end","stage":"validate","findings":[{},{}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if string(tt.got) != tt.want {
				t.Errorf("got  %s\nwant %s", tt.got, tt.want)
			}
		})
	}
}

func TestRecordsOfNewerProgramsAreRead(t *testing.T) {
	tests := []struct {
		name, line string
		want       End
	}{
		{"an unknown member is skipped", `{"kind":"end","id":"a","stage":"limit","colour":{"x":1}}`, End{Call: Call{ID: "a"}, Stage: Limit}},
		{"an unknown stage is called so", `{"kind":"end","id":"a","stage":"rinse"}`, End{Call: Call{ID: "a"}, Stage: stageCount}},
		{"more stages", `{"kind":"end","id":"a","stage":"record","timings":{"stages":[1,2,3,4,5,6,7,8,9]}}`,
			End{Call: Call{ID: "a"}, Stage: Write, Timings: Timings{Stages: [stageCount]int64{1, 2, 3, 4, 5, 6, 7, 8}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode([]byte(tt.line))
			if err != nil || !reflect.DeepEqual(got.End, &tt.want) {
				t.Errorf("got %+v %v", got.End, err)
			}
		})
	}
	if s := stageCount.String(); s != "unknown" {
		t.Errorf("stage is called %q", s)
	}
}

func TestWhatIsNoRecordIsRefused(t *testing.T) {
	for _, line := range []string{
		"", "{}", "null", `{"kind":"start"`, `{"kind":"starts"}`, `{"id":"a","kind":"start"}`, `{"kind":"end","id":1}`,
		`{"kind":"end","id":"a","id":"b"}`, `{"kind":"end"} {}`, "{\"kind\":\"end\",\"id\":\"\xff\"}",
	} {
		if r, err := Decode([]byte(line)); err == nil {
			t.Errorf("%q decodes to %+v", line, r)
		}
	}
}

func TestAnOrdinaryRequestStaysBelowItsSize(t *testing.T) {
	clean := usualEnd()
	clean.Findings, clean.Edits = nil, nil
	for _, tt := range []struct {
		name string
		end  *End
		most int // bytes in the file, for both entries
	}{
		{"nothing found", clean, 1536},
		{"one finding masked", usualEnd(), 1792},
	} {
		n := span(len(AppendStart(nil, usualStart()))) + span(len(AppendEnd(nil, tt.end)))
		t.Logf("%s: %d bytes", tt.name, n)
		if n > tt.most {
			t.Errorf("%s: %d bytes, more than %d", tt.name, n, tt.most)
		}
	}
}

func TestEncodingIntoABufferAllocatesNothing(t *testing.T) {
	s, e, buf := usualStart(), usualEnd(), make([]byte, 0, 4<<10)
	if n := testing.AllocsPerRun(100, func() {
		buf = AppendStart(buf[:0], s)
		buf = AppendEnd(buf, e)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
