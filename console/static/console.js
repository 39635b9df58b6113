// Brings new calls into the table and listens to keys. Rows come from the server as they are shown; nothing is fetched
// from anywhere else, and nothing is fetched at all while the page is paused or out of sight.
"use strict";

const table = document.querySelector("table.calls");
const body = document.getElementById("rows");
const keys = document.getElementById("keys");
const mostRows = 250;

const view = {
  stream: table ? table.dataset.stream : "",
  source: null, last: "", paused: false, over: false,
  seen: 0, hard: 0, told: 0, hardTold: 0,
};

function say(state, text) {
  const line = document.getElementById("live");
  if (!line) return;
  line.className = state;
  document.getElementById("livetext").textContent = text;
}

// connect goes on, from behind what was seen last.
function connect() {
  if (view.source || view.paused || view.over || !view.stream || document.hidden) return;
  const url = new URL(view.stream, location.href);
  if (view.last) url.searchParams.set("after", view.last);
  const source = new EventSource(url);
  view.source = source;
  source.onopen = () => say("is-live", "Live");
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) { say("is-lost", "Connecting again"); return; }
    shut();
    ask().then((ok) => { if (ok) { say("is-lost", "Connecting again"); setTimeout(connect, 3000); } });
  };
  source.addEventListener("rows", (e) => { passed(e.lastEventId); bring(e.data); });
  source.addEventListener("gone", (e) => { passed(e.lastEventId); drop(e.data); });
  source.addEventListener("gap", (e) => { passed(e.lastEventId); skipped(Number(e.data)); });
  source.addEventListener("at", (e) => { passed(e.lastEventId); });
  source.addEventListener("bye", signedOut);
}

function shut() {
  if (view.source) view.source.close();
  view.source = null;
}

// ask tells the server that somebody is there, and whether the session is still open.
async function ask() {
  try {
    const answer = await fetch("/session", { credentials: "same-origin" });
    if (answer.status === 401) { signedOut(); return false; }
  } catch { /* the gate is away: try again */ }
  return true;
}

function signedOut() {
  view.over = true;
  shut();
  say("is-lost", "Signed out");
  const note = document.getElementById("gap");
  note.hidden = false;
  const link = document.createElement("a");
  link.href = "/login?next=" + encodeURIComponent(location.pathname + location.search);
  link.textContent = "Sign in again";
  note.replaceChildren("The session is over. ", link);
}

// passed notes how far the record has been seen.
function passed(id) {
  view.last = id;
  document.getElementById("entries").textContent = id.replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

// bring puts rows in, the newest on top; a call that has ended takes the place of its beginning.
function bring(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const empty = document.getElementById("empty");
  if (empty) empty.remove();
  table.hidden = false;
  for (const row of [...holder.content.querySelectorAll("tr")]) {
    const old = document.getElementById(row.id);
    if (!old) {
      row.classList.add("fresh");
      body.prepend(row);
    } else if (Number(old.dataset.seq) < Number(row.dataset.seq)) {
      const focused = old.contains(document.activeElement);
      old.replaceWith(row);
      if (focused) handle(row).focus({ preventScroll: true });
    } else {
      continue; // seen already
    }
    if (row.dataset.outcome !== "running") {
      view.seen++;
      if (row.dataset.outcome !== "allow") view.hard++;
    }
  }
  trim();
  const counts = document.getElementById("counts");
  if (counts && view.seen) counts.textContent = view.seen + (view.seen === 1 ? " call" : " calls") + " since the page was opened";
}

function trim() {
  while (body.rows.length > mostRows && !body.lastElementChild.contains(document.activeElement)) body.lastElementChild.remove();
}

function drop(id) {
  const row = document.getElementById("c-" + id);
  if (row && !row.contains(document.activeElement)) row.remove();
}

function skipped(n) {
  const note = document.getElementById("gap");
  note.hidden = false;
  note.textContent = n + " more passed than are shown here; they are on record.";
  clearTimeout(view.gapTimer);
  view.gapTimer = setTimeout(() => { if (!view.over) note.hidden = true; }, 8000);
}

// tell says in words, at most every ten seconds, what came in.
function tell() {
  const calls = view.seen - view.told, hard = view.hard - view.hardTold;
  if (calls > 0) {
    document.getElementById("summary").textContent = calls + (calls === 1 ? " new call, " : " new calls, ") + (hard ? hard + " not allowed" : "all allowed");
    view.told = view.seen;
    view.hardTold = view.hard;
  }
}

function pause() {
  if (!view.stream || view.over) return;
  view.paused = !view.paused;
  const button = document.getElementById("pause");
  button.setAttribute("aria-pressed", String(view.paused));
  button.firstChild.textContent = view.paused ? "Go on " : "Pause ";
  if (view.paused) { shut(); say("is-paused", "Paused"); } else { say("is-live", "Live"); connect(); }
}

const handle = (row) => row.querySelector("a.id");

// step moves to the row n further down.
function step(n) {
  const rows = [...body.rows];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + n))];
  if (row) { handle(row).focus({ preventScroll: true }); row.scrollIntoView({ block: "nearest" }); }
}

const actions = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  g: () => { if (body.rows.length) { scrollTo(0, 0); handle(body.rows[0]).focus({ preventScroll: true }); } },
  p: pause,
  "/": () => document.getElementById("find").select(),
  f: () => document.querySelector(".decisions input").focus(),
  x: () => { location.href = "/"; },
  "?": () => keys.showModal(),
};

function typing(target) {
  return target instanceof Element && target.matches("input:not([type=checkbox]), textarea, select");
}

function onKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || keys.open) return;
  if (typing(e.target)) { if (e.key === "Escape") e.target.blur(); return; }
  const action = actions[e.key];
  if (!action || e.key.startsWith("Arrow") && !body.contains(e.target)) return;
  e.preventDefault();
  action();
}

// While somebody is at the page the session stays: said at most once in five minutes.
let present = Date.now();
function used() {
  if (Date.now() - present < 300000 || view.over) return;
  present = Date.now();
  ask();
}

if (table) {
  document.addEventListener("keydown", onKey);
  // Choosing a decision shows the page for it at once, and the keyboard stays where it was.
  document.querySelector(".filters").addEventListener("change", (e) => {
    if (e.target.type !== "checkbox") return;
    sessionStorage.setItem("chosen", e.target.value);
    e.currentTarget.submit();
  });
  const chosen = sessionStorage.getItem("chosen");
  sessionStorage.removeItem("chosen");
  const box = chosen && [...document.querySelectorAll(".decisions input")].find((b) => b.value === chosen);
  if (box) box.focus({ preventScroll: true });
}
if (view.stream) {
  for (const [id, action] of [["pause", pause], ["help", () => keys.showModal()]]) {
    const button = document.getElementById(id);
    button.hidden = false;
    button.addEventListener("click", action);
  }
  document.addEventListener("visibilitychange", () => { if (document.hidden) shut(); else connect(); });
  setInterval(tell, 10000);
  connect();
}
for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, used, { passive: true });
const back = document.getElementById("back");
if (back) document.addEventListener("keydown", (e) => { if (e.key === "Escape" && !typing(e.target)) location.href = back.href; });
