// Small plots of the running test: nothing is drawn that was not measured, and each says in words what it shows.

const WIDE = 340;
const HIGH = 120;
const LEFT = 40;
const FOOT = 18;

// `traces` are [class, [[seconds, value or null], ...]], `levels` are [value, words, class]; `begins` gives the first
// second that is drawn, `reach` the lowest and highest value.
function plot(title, traces, levels, lasted, extra = "", { begins = () => 0, reach: reaching = reach } = {}) {
  const points = traces.flatMap(([, list]) => list).filter(([, value]) => value !== null);
  const head = el("h3", {}, title);
  if (points.length === 0) return el("figure", { class: "plot" }, head, el("p", { class: "soft" }, say("plot_wait")));
  const values = [...points.map(([, value]) => value), ...levels.map(([value]) => value)];
  const [low, high] = reaching(values);
  const end = Math.max(lasted, ...points.map(([at]) => at), 5);
  const begin = begins(end);
  const x = (at) => LEFT + ((at - begin) / (end - begin)) * (WIDE - LEFT - 6);
  const y = (value) => 8 + (1 - (value - low) / (high - low)) * (HIGH - FOOT - 8);
  const latest = points.reduce((newest, each) => (each[0] >= newest[0] ? each : newest))[1];
  const measured = points.map(([, value]) => value);
  const spread = [latest, Math.min(...measured), Math.max(...measured)].map(number);
  const told = [say("plot_told", title, ...spread), extra].filter(Boolean).join("; ");
  const picture = drawn(
    "svg",
    { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": told },
    ...grid(low, high, [begin, end], x, y),
    ...levels.map(([value, words, kind]) => level(value, words, kind, y)),
    ...traces.flatMap(([kind, list]) => trace(kind, list, x, y)),
  );
  return el("figure", { class: "plot" }, head, picture, extra ? el("figcaption", { class: "soft" }, extra) : null);
}

function reach(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low < 0) return [Math.floor((low - 2) / 5) * 5, Math.ceil((high + 2) / 5) * 5];
  const step = 10 ** Math.floor(Math.log10(Math.max(high, 0.1)));
  return [0, Math.ceil((high * 1.05) / (step / 2)) * (step / 2)];
}

function grid(low, high, [begin, end], x, y) {
  const lines = [low, (low + high) / 2, high].map((value) => [
    drawn("line", { class: "grid", x1: LEFT, x2: WIDE - 6, y1: y(value), y2: y(value) }),
    drawn("text", { class: "tick", x: LEFT - 4, y: y(value) + 4, "text-anchor": "end" }, short(value)),
  ]);
  const seconds = [begin, (begin + end) / 2, end].map(Math.floor).map((at, place) =>
    drawn("text", { class: "tick", x: x(at), y: HIGH - 3, "text-anchor": place ? "end" : "start", dx: place ? 4 : 0 }, say("passed_s", at)),
  );
  return [...lines.flat(), ...seconds];
}

function short(value) {
  return Math.abs(value) >= 10 ? String(Math.round(value)) : String(Number(value.toFixed(1)));
}

// A level line; the words of the download stand at its begin, all others at its end, and none below the plot.
function level(value, words, kind, y) {
  const line = drawn("line", { class: `level ${kind}`, x1: LEFT, x2: WIDE - 6, y1: y(value), y2: y(value) });
  const below = y(value) + 11 < HIGH - FOOT;
  const place = kind === "down" ? { x: LEFT + 3, "text-anchor": "start" } : { x: WIDE - 8, "text-anchor": "end" };
  return drawn("g", {}, line, drawn("text", { class: `level-words ${kind}`, y: y(value) + (below ? 11 : -3), ...place }, words));
}

// A line through what was measured, broken where nothing was; a lone point is a dot.
function trace(kind, list, x, y) {
  const runs = [[]];
  for (const [at, value] of list) {
    if (value === null) runs.push([]);
    else runs.at(-1).push([x(at).toFixed(1), y(value).toFixed(1)]);
  }
  return runs
    .filter((run) => run.length)
    .flatMap((run) => [
      run.length > 1 ? drawn("polyline", { class: `trace ${kind}`, points: run.map((each) => each.join(",")).join(" ") }) : null,
      ...(run.length < 6 ? run : []).map(([cx, cy]) => drawn("circle", { class: `dot ${kind}`, cx, cy, r: 3 })),
    ])
    .filter((each) => each !== null);
}

function plotsOf(job, limits) {
  const rates = (way) => job.rates.filter((each) => each[1] === way).map(([at, , , , mbps]) => [at, mbps]);
  const floor = (way) => limits.find((each) => each.quantity === `throughput_${way}_mbps`)?.lower;
  const asked = ["down", "up"].filter(floor).map((way) => [floor(way), say("plot_floor", number(floor(way))), way]);
  const light = limits.find((each) => each.quantity === "ont_rx_power_dbm");
  const window = light ? [light.lower, light.upper].filter((each) => each !== null) : [];
  const optical = job.optical.filter(([, quantity]) => quantity === "ont_rx_power_dbm").map(([at, , value]) => [at, value]);
  const lost = job.round_trips.reduce((sum, [, , count]) => sum + count, 0);
  const trips = job.round_trips.map(([at, ms]) => [at, ms]);
  return el(
    "div",
    { class: "plots" },
    plot(say("plot_rate"), [["down", rates("down")], ["up", rates("up")]], asked, job.passed_s),
    el("p", { class: "legend" }, el("span", { class: "key down" }, say("way_down")), el("span", { class: "key up" }, say("way_up"))),
    plot(say("plot_rtt"), [["calm", trips]], [], job.passed_s, lost ? say("plot_lost", lost) : ""),
    plot(say("plot_light"), [["light", optical]], window.map((each) => [each, number(each), ""]), job.passed_s),
  );
}
