// Remote support on every screen: who asks and how to answer, who may and what runs, and what was done.

const SUPPORT = { count: -1, shown: null, at: 0 };
const LISTENING = { now: null };
const PATIENCE_MS = 30000;
const TERMS_MIN = [10, 30];

// Ask again and again; the station answers as soon as anything of it changes. Ended by being signed out or offline, and
// begun again by the page's own asking.
async function listen() {
  if (LISTENING.now !== null) return;
  try {
    while (STATE.signedIn === true && (await heardSupport()));
  } catch {
    // not reached: the page's own asking tells that
  } finally {
    LISTENING.now = null;
  }
}

async function heardSupport() {
  const made = await supportNow();
  if (made === null) return false;
  Object.assign(SUPPORT, { count: made.count, shown: made.support, at: performance.now() });
  if (made.watch) heardWatch(made.watch);
  show();
  if (!made.held) await new Promise((done) => setTimeout(done, 1000)); // too many wait already
  return true;
}

async function supportNow() {
  const question = (LISTENING.now = new AbortController());
  const patience = setTimeout(() => question.abort(), PATIENCE_MS);
  try {
    const query = new URLSearchParams({ since: SUPPORT.count, watch: WATCH.number, after: WATCH.passed });
    const answer = await fetch(`/api/support?${query}`, { signal: question.signal });
    return answer.status === 200 ? await answer.json() : null;
  } finally {
    clearTimeout(patience);
  }
}

// A phone that slept may wait for an answer that never comes.
function listenAnew() {
  LISTENING.now?.abort();
}

function forgetSupport() {
  Object.assign(SUPPORT, { count: -1, shown: null });
  forgetWatch();
}

function supportCards() {
  const shown = STATE.signedIn === true ? SUPPORT.shown : null;
  const asked = shown?.asked ?? [];
  return asked.map(({ kid, who, verb, order }) => section(`asked-${kid}`, [kid, who, verb, order], askedCard));
}

function askedCard([kid, who, verb, order]) {
  const [agrees, chosen] = choices(say("support_who_agrees"), ["technician", "customer"].map((name) => [name, say(`by_${name}`)]));
  const allow = (minutes) => () => act("/api/support/grant", { kid, minutes, by: chosen() });
  return el(
    "section",
    { class: "card asked", "aria-label": say("support_asks", who) },
    el("h2", {}, say("support_asks", who)),
    el("p", {}, say("support_first", verbWords(verb)), order ? el("small", {}, ` · ${say("support_order", order)}`) : null),
    el("p", { class: "soft" }, say("support_means")),
    agrees,
    el("div", { class: "pair" }, TERMS_MIN.map((minutes) => button(say("allow", minutes), allow(minutes), "main"))),
    button(say("decline"), () => act("/api/support/decline", { kid })),
  );
}

// Under the bar on top, so that it is seen wherever somebody has scrolled to.
function supportBanner() {
  const shown = STATE.signedIn === true ? SUPPORT.shown : null;
  if (shown === null) return [];
  const { asked, granted, running, waiting } = shown;
  const what = [granted?.who, granted?.by, running?.who, running?.verb, running?.arguments, waiting.length];
  return [
    asked.length ? section("asked-line", [asked[0].kid, asked[0].who], askedLine) : null,
    granted || running ? section("support-line", what, () => supportLine(granted, running, waiting.length)) : null,
  ];
}

function askedLine([kid, who]) {
  const look = () => document.getElementById(`asked-${kid}`)?.scrollIntoView({ block: "center" });
  return el("div", { class: "support asks", role: "status" }, el("p", {}, say("support_asks", who)), button(say("support_look"), look, "small"));
}

function supportLine(granted, running, waiting) {
  const stop = () => act("/api/support/stop", {});
  const withdraw = () => act("/api/support/withdraw", {});
  const now = running ? say("support_runs", [verbWords(running.verb), argumentWords(running.arguments)].filter(Boolean).join(" ")) : say("support_rests");
  const left = granted ? el("span", { class: "left", "data-counts": "left" }) : null;
  return el(
    "div",
    { class: "support", role: "region", "aria-label": say("support_recent", "") },
    el("p", {}, el("b", {}, say(granted ? "support_granted" : "support_remote", (granted ?? running).who)), " ", left),
    el("p", { class: "what" }, [now, waiting ? say("support_waits", waiting) : ""].filter(Boolean).join(" · ")),
    el("div", { class: "pair" }, running ? button(say("stop_this"), stop, "small danger") : null, granted ? button(say("withdraw"), withdraw, "small") : null),
  );
}

function verbWords(verb) {
  return WORDS[`verb_${verb}`] ? say(`verb_${verb}`) : verb;
}

function argumentWords(given) {
  const told = Object.entries(given ?? {}).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  const whole = told.join(", ");
  return whole && `(${whole.length > 100 ? `${whole.slice(0, 99)}…` : whole})`;
}

function reasonWords(reason) {
  return WORDS[`reason_${reason}`] ? say(`reason_${reason}`) : reason;
}

function supportList() {
  const shown = STATE.signedIn === true ? SUPPORT.shown : null;
  const refused = Object.entries(shown?.refused ?? {});
  if (!shown || shown.recent.length + refused.length === 0) return null;
  const done = shown.recent.map(({ who, verb, ended, ago_s: ago }) => [who, verb, ended, Math.round(ago / 60)]);
  return section("support-list", [done, refused], () =>
    el("section", { class: "card" }, folded(say("support_recent", done.length), el("ul", { class: "rows" }, done.map(recentRow), refused.map(refusedRow)))),
  );
}

function recentRow([who, verb, ended, minutes]) {
  const ago = say("support_ago", minutes < 60 ? say("minutes", minutes) : say("hours_minutes", Math.floor(minutes / 60), minutes % 60));
  return el("li", {}, el("span", {}, mark(ended === "" ? "good" : "open"), ` ${who}: ${verbWords(verb)}`), el("small", {}, `${reasonWords(ended)}, ${ago}`));
}

function refusedRow([reason, count]) {
  return el("li", {}, el("span", {}, mark("open"), ` ${say("support_refused", reasonWords(reason))}`), el("small", {}, say("times", count)));
}

// What counts by itself between two answers of the station.
function countOn() {
  const passed = (performance.now() - SUPPORT.at) / 1000;
  for (const box of document.querySelectorAll("[data-counts=left]")) {
    const left = Math.max(0, Math.round((SUPPORT.shown?.granted?.left_s ?? 0) - passed));
    box.textContent = say("support_left", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
  }
  watchStands();
}

setInterval(countOn, 1000);
