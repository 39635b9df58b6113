package console_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sallyport/audit"
)

const rows = `document.querySelectorAll("#rows tr").length`

func TestAnEmptyConsoleSaysWhatToDoAndFillsWhileCallsPass(t *testing.T) {
	g := newRig(t)
	g.signIn(t)
	if page := g.text(t, "document.querySelector('#empty').innerText"); !strings.Contains(page, "curl http://127.0.0.1:8080/v1/chat/completions") {
		t.Errorf("the empty page has no example:\n%s", page)
	}
	g.shot(t, "empty")
	g.until(t, `document.getElementById("livetext").textContent`, "Live")

	running := plain(1)
	g.begin(t, running.Call)
	g.until(t, `document.querySelector("#rows tr")?.dataset.outcome`, "running")
	g.until(t, `document.getElementById("empty")`, "null")
	g.end(t, running)
	g.until(t, `document.querySelector("#rows tr").dataset.outcome`, "allow")
	for _, e := range examples()[1:] {
		g.end(t, e)
	}
	g.until(t, rows, "8")
	g.until(t, `document.querySelector("#rows tr").id`, "c-"+id(8))
	g.until(t, `document.getElementById("entries").textContent`, "9")
	g.run(t, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}))
	g.shot(t, "console")
	if got := g.text(t, `document.getElementById("c-`+id(2)+`").querySelector(".found").innerText`); !strings.Contains(got, "email") || !strings.Contains(got, "24–45") || !strings.Contains(got, "and 2 more") {
		t.Errorf("the findings read %q", got)
	}
}

func TestAPausedPageStandsStillAndLosesNothing(t *testing.T) {
	g := newRig(t)
	g.fill(t)
	g.signIn(t)
	g.until(t, rows, "16")
	g.run(t, chromedp.KeyEvent("p"))
	g.until(t, `document.getElementById("livetext").textContent`, "Paused")
	g.end(t, plain(300))
	g.end(t, plain(301))
	g.run(t, chromedp.Evaluate(`new Promise((done) => setTimeout(done, 300))`, nil))
	if got := g.text(t, rows); got != "16" {
		t.Errorf("a paused page has %s rows, want 16", got)
	}
	g.run(t, chromedp.Click("#pause"))
	g.until(t, rows, "18")
}

func TestChoosingADecisionAndANameShowsThoseCallsAlone(t *testing.T) {
	g := newRig(t)
	g.fill(t)
	g.signIn(t)
	g.run(t, chromedp.Click(`input[value=block]`), chromedp.WaitVisible(".clear"))
	g.until(t, rows, "1")
	g.until(t, `document.activeElement.value`, "block")
	blocked := examples()[2]
	blocked.ID = id(400)
	g.end(t, plain(401)) // not wanted
	g.end(t, blocked)
	g.until(t, rows, "2")
	g.until(t, `document.querySelector("#rows tr").id`, "c-"+id(400))
	g.run(t, chromedp.Click(".clear"))
	g.until(t, rows, "18")
	g.run(t, chromedp.SendKeys(`input[name=kind]`, "canary\r"), chromedp.WaitVisible(".clear"))
	g.until(t, rows, "1")
}

func TestTheWholePageCanBeUsedByKeyboard(t *testing.T) {
	g := newRig(t)
	g.fill(t)
	g.signIn(t)
	g.until(t, rows, "16")
	g.run(t, chromedp.KeyEvent("?"))
	g.until(t, `document.getElementById("keys").open`, "true")
	g.shot(t, "keys")
	g.run(t, chromedp.KeyEvent(kb.Escape))
	g.until(t, `document.getElementById("keys").open`, "false")
	g.run(t, chromedp.KeyEvent("j"), chromedp.KeyEvent("j"))
	g.until(t, `document.activeElement.closest("tr").rowIndex`, "2")
	if got := g.text(t, `getComputedStyle(document.activeElement).outlineStyle`); got != "solid" {
		t.Errorf("the focus is drawn as %q", got)
	}
	g.end(t, plain(500)) // a row above moves nothing away
	g.until(t, rows, "17")
	g.until(t, `document.activeElement.closest("tr").rowIndex`, "3")
	want := g.text(t, `document.activeElement.title`)
	g.run(t, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(".one"))
	if got := g.text(t, `location.pathname`); got != "/calls/"+want {
		t.Errorf("Enter opened %s, want the call %s", got, want)
	}
	g.run(t, chromedp.KeyEvent(kb.Escape), chromedp.WaitVisible(".filters"),
		chromedp.Evaluate(`document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true}))`, nil), chromedp.KeyEvent("example000"))
	g.until(t, `document.getElementById("find").value`, "example000")
	g.run(t, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(".clear"))
	g.until(t, `document.getElementById("find").value`, "example000")
}

func TestACallIsShownWithEverythingThatWasDecided(t *testing.T) {
	g := newRig(t)
	g.fill(t)
	g.signIn(t)
	g.run(t, chromedp.Navigate(g.url+"/calls/"+id(2)), chromedp.WaitVisible(".one"))
	page := g.text(t, `document.body.innerText`)
	for _, want := range []string{id(2), "support-bot", "helpdesk", "gpt-4o-mini-2024-07-18", "inspect input", "412\u202f310", "messages[3].content[0].text",
		"310–332", "<IBAN_1>", "shadow block", digest("sent", 2), "answered"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	g.shot(t, "detail")
	g.run(t, light("dark"))
	g.shot(t, "detail-dark")
	g.run(t, chromedp.Evaluate(`window.scrollTo(0, 760)`, nil))
	g.shot(t, "detail-more")
	g.run(t, chromedp.Navigate(g.url+"/calls/"+id(999)), chromedp.WaitVisible(".card"))
	g.shot(t, "missing")
}

func TestOnAPhoneCallsAreCardsAndNothingIsCutOff(t *testing.T) {
	g := newRig(t)
	g.fill(t)
	g.run(t, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	g.signIn(t)
	g.until(t, rows, "16")
	wide := `document.documentElement.scrollWidth > innerWidth`
	if g.text(t, wide) != "false" {
		t.Error("the page is wider than the phone")
	}
	if got := g.text(t, `getComputedStyle(document.querySelector("#rows tr")).display`); got != "grid" {
		t.Errorf("rows are shown as %q, want cards", got)
	}
	g.shot(t, "phone")
	g.run(t, chromedp.Evaluate(`document.getElementById("c-`+id(2)+`").scrollIntoView()`, nil))
	g.shot(t, "phone-found")
	g.run(t, chromedp.Navigate(g.url+"/calls/"+id(2)), chromedp.WaitVisible(".one"))
	if g.text(t, wide) != "false" {
		t.Error("the page of a call is wider than the phone")
	}
	g.shot(t, "phone-detail")
}

func TestBothLightsAreSeenAndTheConsoleRunsUnderItsPolicy(t *testing.T) {
	g := newRig(t)
	g.fill(t)
	running := plain(700)
	g.begin(t, running.Call)
	g.run(t, chromedp.Navigate(g.url+"/"), chromedp.WaitVisible("#token"))
	g.shot(t, "login")
	g.run(t, chromedp.SendKeys("#token", "wrong\r"), chromedp.WaitVisible("#wrong"))
	g.shot(t, "login-wrong")
	g.signIn(t)
	g.until(t, rows, "17")
	g.run(t, light("light"))
	g.shot(t, "live")
	pale := g.text(t, `getComputedStyle(document.body).backgroundColor`)
	g.run(t, light("dark"))
	g.shot(t, "live-dark")
	if dark := g.text(t, `getComputedStyle(document.body).backgroundColor`); dark == pale {
		t.Errorf("the page is %s by day and by night", dark)
	}
	// A script that is not ours does not run: the policy is in force, and the page works under it.
	g.run(t, chromedp.Evaluate(`(() => { const s = document.createElement("script"); s.textContent = "window.foreign = 1"; document.body.append(s); })()`, nil))
	if got := g.text(t, `window.foreign`); got != "undefined" {
		t.Error("an inline script ran")
	}
	g.run(t, chromedp.EmulateViewport(1000, 800))
	g.shot(t, "live-narrow")
	g.run(t, chromedp.Click(".out button"), chromedp.WaitVisible("#token"))
}

func TestNamesThatCallersChoseAreTextAndNothingElse(t *testing.T) {
	g := newRig(t)
	e := plain(1)
	e.Model = "<img src=x onerror=\"window.hit=1\">\r\nevent: bye\r\ndata:\r\n\r\n"
	e.Findings = []audit.Finding{{Side: audit.Input, Kind: "email", Path: "messages[0].</bdi><script>window.hit=1</script>\u202e", Start: 1, End: 5, Action: "mask"}}
	g.signIn(t)
	g.until(t, `document.getElementById("livetext").textContent`, "Live")
	g.end(t, e)
	g.end(t, plain(2))
	g.until(t, rows, "2")
	if got := g.text(t, `document.getElementById("livetext").textContent`); got != "Live" {
		t.Errorf("a name ended the stream: %q", got)
	}
	if got := g.text(t, `[window.hit, document.querySelectorAll("#rows img, #rows script").length]`); got != ",0" {
		t.Errorf("a name became part of the page: %q", got)
	}
	if got := g.text(t, `document.querySelectorAll("#rows tr")[1].querySelector(".path").innerText`); !strings.Contains(got, "</bdi><script>") {
		t.Errorf("the path reads %q", got)
	}
}
