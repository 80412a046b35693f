// Where the result is on its way, live: saved, sent, accepted, work order closed; and the visit's own end.

function finishScreen(order, shown) {
  const way = order.visit.delivery ?? order.last?.delivery ?? null;
  if (order.last === null || order.last.result === null) {
    return [section("no-result", {}, () => card(null, el("p", {}, say("no_result_yet")))), nextStep("test")];
  }
  const missing = order.visit.findings.filter(({ status }) => ["fail", "unknown"].includes(status));
  const data = [missing, order.visit.closed, order.phase, order.last.result.visit_demanded];
  return [
    order.visit.closed ? null : section("finish", data, () => finishCard(order, missing)),
    section("way", [way, order.phase, order.visit.closed, shown.delivery], () => wayCard(order, way, shown.delivery)),
    section("report", [order.key, way?.digest, order.phase, way?.decision], () => reportCard(order.key)),
    order.phase === "closed" || order.visit.closed ? section("onward", {}, () => el("p", { class: "next" }, button(say("next_order"), () => go(null), "main"))) : null,
  ];
}

function finishCard(order, missing) {
  const needed = missing.filter(({ required }) => required);
  const other = missing.filter(({ required }) => !required);
  const close = () => act("/api/close", { key: where().key }, say("finished"));
  return card(
    say("finish"),
    el("p", { class: "soft" }, say("finish_how")),
    needed.length ? el("p", {}, say("finish_missing")) : null,
    needed.length ? el("ul", { class: "missing" }, needed.map(missingRow)) : null,
    other.length ? folded(say("finish_other", other.length), el("ul", { class: "missing" }, other.map(missingRow))) : null,
    button(say(needed.length ? "finish_anyway" : "finish"), close, needed.length ? "" : "main"),
  );
}

function missingRow({ title, index, status, wrong }) {
  const name = title[STATE.language] + (index ? ` (${say(`photo_${index}`)})` : "");
  return el(
    "li",
    {},
    mark(status === "fail" ? "bad" : "open", say(status === "fail" ? "wrong" : "missing")),
    " ",
    name,
    status === "fail" ? el("p", { class: "soft" }, wrong[STATE.language]) : null,
  );
}

function wayCard(order, way, delivery) {
  const { decision } = way;
  const closed = order.phase === "closed";
  const stages = [
    ["way_saved", true],
    ["way_sent", way.sent],
    ["way_accepted", way.answered],
    ["way_closed", closed],
  ];
  const now = stages.findIndex(([, done]) => !done);
  const steps = stages.map(([code, done], place) =>
    el("li", { class: done ? "done" : place === now ? "now" : "", "data-stage": code }, mark(done ? "good" : "wait"), ` ${say(code)}`),
  );
  const other = !closed && decision && WORDS[`way_${decision}`] && decision !== "closed" ? say(`way_${decision}`) : null;
  return card(
    say("way"),
    closed ? el("p", { class: "closed" }, el("span", { class: "sign", "aria-hidden": "true" }, SIGNS.good), say("way_closed")) : null,
    el("ol", { class: "way" }, steps),
    !way.sent ? el("p", { class: "soft" }, say("way_waiting")) : null,
    other ? el("p", { class: `notice ${decision === "recorded" ? "calm" : "open"}` }, other) : null,
    !closed && way.reasons.length && decision !== "recorded" ? el("p", { class: "soft" }, say("way_because", way.reasons.join("; "))) : null,
    el("p", { class: "soft digest" }, say("record_digest", `${way.digest.slice(0, 16)}…`)),
  );
}

// The report in a page of its own; once it was opened, by what it is known.
function reportCard(key) {
  const path = `/report?${new URLSearchParams({ order: key, lang: STATE.language ? "zh" : "en" })}`;
  const known = el("p", { class: "soft digest" });
  const tellDigest = async () => {
    const made = await read(await fetch(`${path}&digest=1`));
    if (made !== null) known.textContent = say("report_digest", made.digest);
  };
  return card(null, el("a", { class: "button", href: path, target: "_blank", rel: "noopener", click: tellDigest }, say("report")), known);
}
