// What is watched on the ONT, live: the light in large figures with its trend, its plot, and the error counters. It is
// painted in place, so that nothing jumps under the thumb of somebody who cleans a connector.

const WATCH = { number: -1, passed: -1, at: 0, series: {}, states: {}, failures: {}, titles: {}, ended: "", closed: -1 };
const LIGHT = "ont_rx_power_dbm";
const [TREND_S, STEADY_DB, LEAST_POINTS] = [10, 0.2, 4];
const [PLOTTED_S, STILL_S] = [120, 4];
const LEVELS = /_(dbm|ma|v|celsius)(\.|$)/;
const UNITS = { dbm: "dBm", ma: "mA", v: "V", celsius: "°C" };

function heardWatch({ number: one, passed_s: passed, series, states, failures, titles, ended }) {
  if (WATCH.number === -1 && ended !== null) WATCH.closed = one; // it was over before this page was opened
  if (one !== WATCH.number) Object.assign(WATCH, { number: one, series: {}, titles: {}, passed: -1 });
  for (const [name, points] of Object.entries(series)) (WATCH.series[name] ??= []).push(...points);
  Object.assign(WATCH.titles, titles);
  const fresh = passed > WATCH.passed && ended === null;
  Object.assign(WATCH, { passed, states, failures, ended });
  if (!fresh) return;
  WATCH.at = performance.now();
  const [at, dbm] = series[LIGHT]?.at(-1) ?? [];
  if (at === passed && dbm !== null) sound(dbm);
}

function forgetWatch() {
  Object.assign(WATCH, { number: -1, passed: -1, series: {}, states: {}, failures: {}, titles: {}, ended: "" });
}

function watches() {
  return WATCH.number > 0 && WATCH.ended === null;
}

// Shown while it runs, and how it ended until somebody closes it.
function watchCards() {
  if (STATE.signedIn !== true || WATCH.number < 1 || WATCH.closed === WATCH.number) return [];
  return [section("watch", [WATCH.number, watches(), ownWatch()], watchCard)];
}

function ownWatch() {
  const job = STATE.shown?.job;
  return job?.kind === "watch" && job.running ? job.key : null;
}

function watchCard([, runs, own]) {
  const close = () => {
    WATCH.closed = WATCH.number;
    show();
  };
  const end = own === null ? null : button(say("watch_stop"), () => act("/api/stop", { key: own }), "danger");
  return el(
    "section",
    { class: "card watch", "aria-label": say("watching") },
    el("h2", {}, say("watching")),
    ...["light-now", "trend", "extremes"].map((part) => el("p", { "data-part": part })),
    el("p", { class: "notice open", "data-part": "stands" }),
    button("", turnTone, "tone"),
    el("p", { class: "soft" }, say("tone_how")),
    ...["plots", "counters"].map((part) => el("div", { class: "plots", "data-part": part })),
    runs ? end : button(say("watch_close"), close),
  );
}

function paintWatch() {
  const box = document.getElementById("watch");
  if (box === null) return;
  box.dataset.second = WATCH.passed;
  const part = (name) => box.querySelector(`[data-part=${name}]`);
  const light = measured(LIGHT);
  const [words, kind, unit] = lightNow(light);
  part("light-now").replaceChildren(words, unit ? el("small", {}, ` ${unit}`) : "");
  part("light-now").className = `light-now ${kind}`;
  const [trend, trendKind] = trendWords(light);
  part("trend").textContent = trend;
  part("trend").className = `trend ${trendKind}`;
  part("extremes").textContent = light.length ? say("watch_best", ...[Math.max(...light.map(([, dbm]) => dbm)), light[0][1]].map(decibels)) : "";
  paintTone(box.querySelector(".tone"));
  part("plots").replaceChildren(...watchPlots(light));
  part("counters").replaceChildren(...counterParts());
  watchStands();
}

// What was read of a quantity; where it was not, a point without a value breaks the line in its plot.
function measured(name) {
  return (WATCH.series[name] ?? []).filter(([, value]) => value !== null);
}

function paintTone(made) {
  made.textContent = say(TONE.on ? (hearable() ? "tone_off" : "tone_tap") : "tone_on");
  made.setAttribute("aria-pressed", String(TONE.on));
}

function decibels(dbm) {
  return dbm.toFixed(2).replace("-", "−");
}

function lightNow(light) {
  const failed = WATCH.failures[LIGHT];
  if (failed?.kind === "no_signal") return [say("watch_dark"), "bad"];
  if (failed) return [failed.kind === "not_supported" ? say("watch_untold") : measuredOnly({ detail: "", ...failed }), "open"];
  return light.length ? [decibels(light.at(-1)[1]), "", "dBm"] : [say("watch_starts"), "waits"];
}

// The middle of the newest third against that of the oldest, so that a single odd reading makes no trend; and the seconds
// between them.
function trendOf(light) {
  const recent = light.filter(([at]) => at >= WATCH.passed - TREND_S);
  if (recent.length < LEAST_POINTS) return null;
  const third = Math.floor(recent.length / 3);
  const [before, now] = [middle(recent.slice(0, third)), middle(recent.slice(-third))];
  return { rise: now.dbm - before.dbm, span: now.at - before.at };
}

function middle(points) {
  const half = Math.floor(points.length / 2);
  const dbm = points.map((point) => point[1]).sort((a, b) => a - b)[half];
  return { dbm, at: points[half][0] };
}

function trendWords(light) {
  if (WATCH.failures[LIGHT]) return ["", ""];
  const trend = trendOf(light);
  if (trend === null) return [say("trend_none"), ""];
  const kind = trend.rise > STEADY_DB ? "better" : trend.rise < -STEADY_DB ? "worse" : "steady";
  const arrow = { better: "↗", worse: "↘", steady: "→" }[kind];
  return [`${arrow} ${say(`trend_${kind}`, `${trend.rise > 0 ? "+" : ""}${decibels(trend.rise)}`, Math.round(trend.span))}`, kind];
}

function watchPlots(light) {
  const limits = (STATE.shown?.order?.limits ?? []).find(({ quantity }) => quantity === LIGHT);
  const near = (value) => value !== null && light.some(([, dbm]) => Math.abs(dbm - value) < 4);
  const levels = limits ? [limits.lower, limits.upper].filter(near).map((each) => [each, number(each), ""]) : [];
  const made = [plot(say("plot_light"), [["light", lately(WATCH.series[LIGHT] ?? [])]], levels, WATCH.passed, "", WINDOW)];
  const moved = counters().filter(({ rates }) => rates.some(([, rate]) => rate > 0)).slice(0, 3);
  const kinds = ["down", "up", "calm"];
  if (moved.length === 0) return made;
  const traces = moved.map(({ rates }, place) => [kinds[place], lately(rates)]);
  const legend = moved.map(({ title }, place) => el("span", { class: `key ${kinds[place]}` }, title));
  return [...made, plot(say("plot_errors"), traces, [], WATCH.passed, "", { ...WINDOW, reach }), el("p", { class: "legend many" }, legend)];
}

const WINDOW = {
  begins: (end) => Math.max(0, end - PLOTTED_S),
  reach: (values) => {
    const [low, high] = [Math.floor(Math.min(...values) - 0.5), Math.ceil(Math.max(...values) + 0.5)];
    return [low - ((high - low) % 2), Math.max(high, low + 4)];
  },
};

function lately(points) {
  return points.filter(([at]) => at >= WATCH.passed - PLOTTED_S);
}

// The counters with what they grew by, and their growth a second; one that went back was reset, and is counted from there.
function counters() {
  return Object.entries(WATCH.series)
    .filter(([name]) => !LEVELS.test(name))
    .map(([name]) => {
      const points = measured(name);
      const steps = points.slice(1).map(([at, value], place) => [at, Math.max(0, value - points[place][1]), at - points[place][0]]);
      const rates = steps.map(([at, rise, passed]) => [at, passed > 0 ? rise / passed : 0]);
      return { title: titleOfWatched(name), rise: steps.reduce((sum, [, rise]) => sum + rise, 0), rates };
    });
}

function counterParts() {
  const levels = Object.keys(WATCH.series).filter((name) => name !== LIGHT && LEVELS.test(name) && measured(name).length);
  const told = facts(levels.map((name) => [titleOfWatched(name), `${number(measured(name).at(-1)[1])} ${UNITS[LEVELS.exec(name)[1]]}`]));
  const list = counters();
  const moved = list.filter(({ rise }) => rise > 0);
  const rows = moved.map(({ title, rise, rates }) => [title, say("counter_told", number(rise), number(rates.at(-1)[1]))]);
  if (list.length === 0) return [told];
  return [told, el("h3", {}, say("watch_counters")), rows.length ? facts(rows) : el("p", { class: "soft" }, say("counters_quiet"))];
}

function titleOfWatched(name) {
  return WATCH.titles[name]?.[STATE.language] ?? name;
}

// Whether it still goes on; told also when the station says nothing any more.
function watchStands() {
  const box = document.querySelector("#watch [data-part=stands]");
  if (box === null) return;
  const still = Math.round((performance.now() - WATCH.at) / 1000);
  const words = watches() ? (WATCH.passed > 0 && still >= STILL_S ? say("watch_still", still) : "") : say("watch_over", reasonWords(WATCH.ended));
  box.textContent = words;
  box.hidden = words === "";
}
