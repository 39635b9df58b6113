package quota

import (
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// tokens is the plain model: an exact token bucket that counts tokens, in
// rational numbers, and knows nothing of arrival times.
type tokens struct {
	limits Limits
	level  *big.Rat
	last   time.Time
	leases int
}

func (m *tokens) size() *big.Rat {
	if m.limits.Burst > 0 {
		return big.NewRat(int64(m.limits.Burst), 1)
	}
	return big.NewRat(int64(m.limits.RequestsPerMinute), 1)
}

func (m *tokens) refill(now time.Time) {
	if m.level == nil {
		m.level, m.last = m.size(), now
	}
	earned := new(big.Rat).Mul(big.NewRat(int64(now.Sub(m.last)), int64(time.Minute)), big.NewRat(int64(m.limits.RequestsPerMinute), 1))
	if m.level.Add(m.level, earned); m.level.Cmp(m.size()) > 0 {
		m.level = m.size()
	}
	m.last = now
}

var one = big.NewRat(1, 1)

// refuses says which limit of the subject has no room, if any.
func (m *tokens) refuses(now time.Time) string {
	m.refill(now)
	if m.limits.Concurrency > 0 && m.leases >= m.limits.Concurrency {
		return Concurrency
	}
	if m.limits.RequestsPerMinute > 0 && m.level.Cmp(one) < 0 {
		return Requests
	}
	return ""
}

func (m *tokens) charge() {
	m.leases++
	m.level.Sub(m.level, one)
}

func (m *tokens) whole() int {
	return int(new(big.Int).Div(m.level.Num(), m.level.Denom()).Int64())
}

// exact are rates whose interval is a whole number of nanoseconds, so that the
// book must agree with the model to the nanosecond.
var exact = []int{0, 1, 2, 3, 5, 6, 10, 60, 600, 1000, 6000, 100000, 1000000000}

func TestTheBookAgreesWithAnExactTokenBucketForEverySubject(t *testing.T) {
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		book := New(start, 0)
		now := start
		models := make([]*tokens, 4)
		subjects := make([]Subject, len(models))
		for i := range models {
			l := Limits{
				RequestsPerMinute: rapid.SampledFrom(exact).Draw(t, "rpm"),
				Burst:             rapid.IntRange(0, 5).Draw(t, "burst"),
				Concurrency:       rapid.IntRange(0, 4).Draw(t, "concurrency"),
			}
			models[i] = &tokens{limits: l}
			subjects[i] = Subject{Kind: "key", ID: fmt.Sprint(i), Limits: l}
		}
		type out struct {
			lease *Lease
			of    []int
		}
		var leases []out
		t.Repeat(map[string]func(*rapid.T){
			"time passes": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.OneOf(
					rapid.Int64Range(0, 1000), rapid.Int64Range(0, int64(time.Second)), rapid.Int64Range(0, int64(3*time.Minute)),
				).Draw(t, "step")))
			},
			"a request": func(t *rapid.T) {
				of := rapid.SliceOfNDistinct(rapid.IntRange(0, len(models)-1), 0, len(models), rapid.ID[int]).Draw(t, "of")
				var asked []Subject
				want, who := "", -1
				for _, i := range of {
					asked = append(asked, subjects[i])
					if r := models[i].refuses(now); r != "" && want == "" {
						want, who = r, i
					}
				}
				lease, err := book.Take(now, asked...)
				if want != "" {
					refused++
					var x *Exceeded
					if !errors.As(err, &x) || x.Limit != want || x.Subject != subjects[who] {
						t.Fatalf("got %v, want %s of subject %d exceeded", err, want, who)
					}
					lease.Settle(Usage{})
					if x.Limit == Requests {
						checkRetry(t, models[who], now, x.RetryAfter)
					}
					return
				}
				if err != nil {
					t.Fatalf("refused with %v, the model has room", err)
				}
				tightest := Rate{Remaining: 1 << 62}
				for _, i := range of {
					models[i].charge()
					if models[i].limits.RequestsPerMinute > 0 {
						tightest.Limit = 1
						tightest.Remaining = min(tightest.Remaining, models[i].whole())
					}
				}
				if got := lease.Rate(); (got.Limit > 0) != (tightest.Limit > 0) || got.Limit > 0 && got.Remaining != tightest.Remaining {
					t.Fatalf("rate %+v, the model's tightest is %+v", got, tightest)
				}
				leases = append(leases, out{&lease, of})
			},
			"an end": func(t *rapid.T) {
				if len(leases) == 0 {
					t.Skip("nothing is out")
				}
				i := rapid.IntRange(0, len(leases)-1).Draw(t, "lease")
				leases[i].lease.Settle(Usage{})
				for _, of := range leases[i].of {
					models[of].leases--
				}
				leases = append(leases[:i], leases[i+1:]...)
			},
		})
		if n := book.SettledTwice(); n != 0 {
			t.Fatalf("%d leases settled twice", n)
		}
	})
	if refused == 0 {
		t.Fatal("no request was refused: the property tried nothing")
	}
}

// checkRetry holds that RetryAfter is enough and a nanosecond less is not.
func checkRetry(t *rapid.T, m *tokens, now time.Time, wait time.Duration) {
	level := func(after time.Duration) int {
		c := tokens{limits: m.limits, level: new(big.Rat).Set(m.level), last: m.last}
		c.refill(now.Add(after))
		return c.level.Cmp(one)
	}
	if level(wait) < 0 || level(wait-1) >= 0 {
		t.Fatalf("retry after %s is not the first moment at which the request passes", wait)
	}
}

func TestARateThatDoesNotDivideAMinuteIsNeverExceeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rpm := rapid.IntRange(1, 50_000_000).Draw(t, "rpm")
		p := Limits{RequestsPerMinute: rpm}.pace()
		perMinute := float64(time.Minute) / float64(p.interval)
		if perMinute > float64(rpm)*1.000001 || perMinute < float64(rpm)*0.999 {
			t.Fatalf("%d per minute became %f", rpm, perMinute)
		}
	})
}

func TestAClockThatJumpsNeitherOpensNorLocksABucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const rpm, burst = 60, 5
		book := New(start, 0)
		key := Subject{Kind: "key", ID: "a", Limits: Limits{RequestsPerMinute: rpm, Burst: burst}}
		now, forward, passed := start, time.Duration(0), 0
		take := func() bool {
			_, err := book.Take(now, key)
			return err == nil
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "backwards") {
				now = now.Add(-time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "back")))
			} else {
				step := time.Duration(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "forward"))
				now, forward = now.Add(step), forward+step
			}
			if take() {
				passed++
			}
		}
		if most := burst + int(forward/time.Second) + 1; passed > most {
			t.Fatalf("%d passed in %s of forward time, at most %d may", passed, forward, most)
		}
		// One interval and the slack after the last step, a request must pass.
		take()
		now = now.Add(time.Second + time.Duration(slack) + 1)
		if !take() {
			t.Fatal("the bucket stayed locked after the clock was set back")
		}
	})
}

func TestGoroutinesThatReadTheClockOutOfOrderEarnNothing(t *testing.T) {
	book := New(start, 0)
	key := Subject{Kind: "key", ID: "a", Limits: Limits{RequestsPerMinute: 60, Burst: 1}}
	passed := 0
	for i := range 1000 { // half a second to and fro: no time passes
		if _, err := book.Take(start.Add(time.Duration(i%2)*time.Second/2), key); err == nil {
			passed++
		}
	}
	if passed != 1 {
		t.Fatalf("%d passed, 1 may", passed)
	}
}
