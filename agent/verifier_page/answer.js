// How an answer is shown: one banner that is green only where everything needed was checked and the line is good, what
// the evidence says, every limit, every check. Nothing here decides anything.

const OUTCOME_KIND = { accepted: "good", rejected: "bad", inconclusive: "open" };
const STATUS_KIND = { OK: "good", FAILED: "bad", "NOT CHECKED": "open" };

function answerParts(answer) {
  return [banner(answer), facts(answer), ...opened(answer), checks(answer), ...(answer.judged ? [findings(answer)] : []), tools()];
}

function banner(answer) {
  const { state, kind, more } = stateOf(answer, isGoodLine(answer));
  const inside = [el("strong", {}, words(`banner_${state}`)), el("p", {}, more)];
  if (answer.valid) inside.push(verdictLine(answer), cautions(answer));
  return el("section", { class: `banner ${kind}`, id: "banner", "data-state": state, role: "alert" }, ...inside);
}

// Whether the line came out as accepted, and neither the visit nor the back office stands against it.
function isGoodLine({ outcome, about }) {
  const visit = about.attempts.at(-1)?.visits.at(-1)?.record.result.outcome ?? "accepted";
  const against = ["rejected", "review", "refused"].includes(about.acceptance?.decision);
  return outcome === "accepted" && visit === "accepted" && !against;
}

// How an answer as a whole is called and coloured; green is only what is valid and good.
function stateOf(answer, good) {
  const failing = answer.checks.filter(({ status }) => status === "FAILED");
  const open = answer.checks.filter((check) => !isGood(check));
  const names = (list) => list.map(({ name }) => words(`check_${name}`)).join(", ");
  if (answer.valid) return { state: "valid", kind: good ? "good" : "calm", more: words("banner_valid_more") };
  if (!failing.length) return { state: "open", kind: "open", more: words("banner_open_more", names(open)) };
  const more = words("banner_failed_more", failing.length, answer.checks.length, names(failing.slice(0, 1)));
  return { state: "failed", kind: "bad", more };
}

function verdictLine({ outcome }) {
  const told = words(`outcome_${outcome ?? "none"}`);
  const by = outcome ? el("span", { class: "soft" }, ` ${words("by_criteria")}`) : null;
  return el("p", { class: "verdict" }, el("b", { class: OUTCOME_KIND[outcome] ?? "" }, told), by);
}

// What a good answer does not prove.
function cautions({ checks, about }) {
  const open = (name) => checks.some((check) => check.name === name && check.status !== "OK");
  const codes = [["anchor", "unanchored"], ["receipts", "unwitnessed"], ["acceptance", "unconfirmed"]];
  const told = codes.filter(([name]) => open(name)).map(([, code]) => words(`caution_${code}`));
  const decision = about.acceptance?.decision;
  if (["rejected", "review"].includes(decision)) told.push(words("caution_decision", words(`decision_${decision}`)));
  return told.length ? el("ul", {}, told.map((each) => el("li", {}, each))) : null;
}

function facts(answer) {
  const { about } = answer;
  const last = about.attempts.at(-1) ?? null;
  const rows = [
    ["fact_order", answer.orderId],
    ["fact_decision", about.acceptance && words(`decision_${about.acceptance.decision}`)],
    ["fact_issued", about.order && shownTime(about.order.issuedAt)],
    ["fact_seen", seenTimes(about)],
    ["fact_confirmed", about.acceptance && `${shownTime(about.acceptance.issuedAt)}, ${about.acceptance.acceptor}`],
    ["fact_reviewed", about.review && `${about.review.reviewer}: ${about.review.why}`],
    ["fact_tested", last && shownTime((last.close ?? last.open).record.clock.wall)],
    ["fact_attempts", attemptCount(about)],
    ["fact_criteria", last?.open.record.criteria && `${last.open.record.criteria.name} ${last.open.record.criteria.version}`],
    ["fact_signers", signerWords(answer.signers) || null],
  ].filter(([, value]) => value !== null && value !== undefined && value !== false);
  const list = el("dl", {}, rows.map(([code, value]) => [el("dt", {}, words(code)), el("dd", {}, shownDetail(value))]));
  const doubt = answer.valid ? null : el("p", { class: "soft" }, words("unproven_figures"));
  const kind = answer.valid ? "" : "unproven";
  return el("section", { class: kind, id: "facts" }, el("h2", {}, words("facts")), doubt, figures(last), list);
}

function attemptCount({ attempts, order }) {
  if (!attempts.length) return null;
  return order ? words("attempt_count", attempts.length, order.attempts) : attempts.length;
}

function signerWords(signers) {
  return signers.map(({ role, name }) => `${words(`role_${role}`)}: ${name}`).join(STATE.language ? "，" : ", ");
}

function figures(last) {
  if (!last?.result) return null;
  const { ordered } = last.close.record;
  const boxes = [["down", ordered.down_mbps], ["up", ordered.up_mbps]].filter(([, rate]) => Number(rate) > 0);
  return el("div", { class: "figures" }, boxes.map(([way, rate]) => figureBox(last.result, way, Number(rate))));
}

function figureBox(result, way, rate) {
  const mbps = only(`throughput_${way}_mbps`, "", result.measurements)?.number ?? null;
  const share = mbps === null ? null : ((mbps / rate) * 100).toFixed(1);
  const big = mbps === null ? words("no_figure") : `${mbps.toFixed(1)} Mbit/s`;
  const small = mbps === null ? words("figure_ordered", general(rate)) : words("figure_share", share, general(rate));
  return el("div", { class: "figure" }, words(`fact_${way}`), el("b", {}, big), el("span", { class: "soft" }, small));
}

function seenTimes({ receipts }) {
  const times = [...receipts.values()].map((made) => made.admittedAt).sort((a, b) => (a < b ? -1 : 1));
  if (!times.length) return null;
  const [first, last] = [shownTime(times[0]), shownTime(times.at(-1))];
  return first === last ? first : `${first} – ${last}`;
}

// A time to the minute in the reader's own zone, with its offset.
function shownTime(us) {
  const at = new Date(Number(us / 1000n));
  if (Number.isNaN(at.getTime())) return String(us);
  const form = { dateStyle: "medium", timeStyle: "short" };
  const zone = -at.getTimezoneOffset();
  const offset = `UTC${zone < 0 ? "-" : "+"}${Math.floor(Math.abs(zone) / 60)}${zone % 60 ? `:${Math.abs(zone) % 60}` : ""}`;
  return `${new Intl.DateTimeFormat(STATE.language ? "zh-CN" : "en-GB", form).format(at)} ${zone ? offset : "UTC"}`;
}

function checks(answer) {
  return el("section", { id: "checks" }, el("h2", {}, words("checks")), checkList(answer));
}

function checkList(answer) {
  const row = (check) => {
    const kind = check.status === "NOT CHECKED" && !check.needed ? "calm" : STATUS_KIND[check.status];
    const badge = el("span", { class: `badge ${kind}` }, words(`status_${check.status.toLowerCase().replace(" ", "_")}`));
    const extra = check.needed ? "" : ` (${words("not_needed")})`;
    const told = el("div", { class: "check" }, el("b", {}, words(`check_${check.name}`)), el("span", {}, reasonOf(check.words) + extra));
    return el("li", { "data-check": check.name, "data-status": check.status }, badge, told);
  };
  return el("ol", { class: "checks" }, answer.checks.map(row));
}

// What was opened, where all of it matches and the rest is valid.
function opened({ checks, valid, about }) {
  const isMatched = checks.some(({ name, status }) => name === "openings" && status === "OK");
  if (!valid || !isMatched) return [];
  const made = [...about.openings].filter(([digest]) => about.contents.has(digest)).flatMap(([, each]) => each);
  const values = new Map(made.map(({ name, value }) => [`${name} ${value}`, [name, value]]));
  const rows = [...values.values()].map(([name, value]) => [el("dt", {}, fieldWords(name)), el("dd", {}, shownDetail(value))]);
  const inside = [el("h2", {}, words("check_openings")), el("p", { class: "soft" }, words("caution_opened")), el("dl", {}, rows)];
  return [el("section", { id: "opened" }, ...inside)];
}

function fieldWords(name) {
  return Object.hasOwn(WORDS, `field_${name}`) ? words(`field_${name}`) : shownDetail(name);
}

function tools() {
  const acts = [["print", () => print()], ["clear", () => location.reload()]];
  return el("div", { class: "tools" }, acts.map(([code, act]) => el("button", { type: "button", click: act }, words(code))));
}
