// The result on one screen: verdict, cause and what to do next, findings, and checking again what failed.

const OUTCOMES = { accepted: "good", rejected: "bad", inconclusive: "open" };

// Reasons of ours for a test that was broken off.
const BROKEN_OFF = { "stopped on the page": "stopped_on_page", "interrupted on the station": "stopped_on_station" };

function resultCards(order) {
  const { last } = order;
  if (last.result === null) return [section("ended", [last.tx, last.attempt], () => card(null, el("p", { class: "notice open" }, say(`ended_${last.tx}`, BROKEN_OFF[last.reason] ? say(BROKEN_OFF[last.reason]) : last.reason))))];
  const { outcome, causes, findings, again } = last.result;
  return [
    section("verdict", [outcome, last.ended_at, findings], () => verdictCard(outcome, last)),
    causes.length ? section("causes", causes, causeCard) : null,
    section("findings", [findings, again], () =>
      card(
        null,
        ...allFindings(findings),
        again.length && outcome !== "accepted" ? el("div", { class: "again" }, button(say("again"), () => begin("again")), el("small", {}, say("again_how"))) : null,
      ),
    ),
    outcome === "accepted" ? nextStep("evidence") : null,
  ];
}

// What the customer is told: each once, in words with its unit.
const FIGURES = [["throughput_down_mbps", "way_down"], ["throughput_up_mbps", "way_up"], ["ont_rx_power_dbm", "see_light"]];

function figureOf(findings, name) {
  const measured = findings.find(({ quantity, measured: found }) => quantity === name && found?.words)?.measured;
  if (!measured) return "";
  const exact = measuredOnly(measured);
  return typeof measured.value === "number" ? exact.replace(/^-?[\d.,]+/, number(measured.value)) : exact;
}

function verdictCard(outcome, last) {
  const kind = OUTCOMES[outcome];
  return el(
    "section",
    { class: `card verdict ${kind}`, "data-outcome": outcome },
    el("h2", {}, el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[kind]), say(`outcome_${outcome}`)),
    el("p", {}, say(`why_${outcome}`)),
    facts(FIGURES.map(([name, code]) => [say(code), figureOf(last.result.findings, name)])),
    el("p", { class: "soft" }, clock(last.ended_at)),
  );
}

function causeCard(causes) {
  const [first, ...others] = causes;
  return card(
    say("cause"),
    el("p", { class: "cause" }, first.title[STATE.language]),
    el("p", { class: "action" }, el("b", {}, say("do_next")), " ", first.action[STATE.language]),
    first.evidence.length ? folded(say("more"), el("p", { class: "soft" }, say("evidence_of", first.evidence.map((each) => each[STATE.language]).join("; ")))) : null,
    others.length ? folded(`${say("cause_other")} (${others.length})`, el("ul", {}, others.map((cause) => el("li", {}, el("b", {}, cause.title[STATE.language]), " ", cause.action[STATE.language])))) : null,
  );
}
