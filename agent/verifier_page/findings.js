// The limits as people read them: what was measured, what was demanded, how it came out. The words are made here from
// numbers that were judged again; the station's own sentences are not shown.

const FINDING_KIND = { pass: "good", marginal: "open", fail: "bad", unknown: "open" };

function findings({ judged, valid }) {
  const [required, advisory] = [true, false].map((is) => judged.findings.filter((each) => each.required === is));
  const more = el("details", {}, el("summary", {}, words("advisory", advisory.length)), findingTable(advisory));
  const kind = valid ? "" : "unproven";
  const inside = [el("h2", {}, words("findings")), findingTable(required), advisory.length ? more : null];
  return el("section", { id: "findings", class: kind }, ...inside);
}

function findingTable(list) {
  const head = ["finding", "measured", "demanded", "result"].map((code) => el("th", { scope: "col" }, words(code)));
  const rank = { fail: 0, unknown: 1, marginal: 2, pass: 3 };
  const sorted = [...list].sort((a, b) => rank[a.status] - rank[b.status]);
  return el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, sorted.map(findingRow)));
}

function findingRow(finding) {
  const cell = (head, inside) => el("td", { "data-head": words(head) }, inside);
  const badge = el("span", { class: `badge ${FINDING_KIND[finding.status]}` }, words(`status_${finding.status}`));
  return el(
    "tr",
    {},
    el("td", {}, el("b", {}, quantityWords(finding))),
    cell("measured", measuredWords(finding)),
    cell("demanded", demandWords(finding)),
    cell("result", badge),
  );
}

function quantityWords({ quantity, index }) {
  const told = BUILT_IN.quantities[quantity].titles[STATE.language];
  return index ? `${told} (${shownDetail(index)})` : told;
}

function measuredWords({ quantity, measured, limit }) {
  if (measured === null) return words("not_measured");
  if (measured.failure?.kind === "no_signal") return words("dark");
  if (measured.failure) return words("not_known", `${measured.failure.kind}, ${measured.failure.detail}`);
  if (isCommitment(measured.value)) return words(measured.value === limit.equals ? "the_ordered" : "another");
  const told = measured.number === null ? written(measured.value) : general(measured.number);
  return shownDetail(`${told} ${BUILT_IN.quantities[quantity].unit}`);
}

function demandWords({ quantity, limit }) {
  const { unit } = BUILT_IN.quantities[quantity];
  if (isCommitment(limit.equals)) return words("the_ordered");
  if (limit.equals !== null) return words(limit.asOrdered ? "demand_ordered" : "demand_equals", limit.equals);
  const [lower, upper] = [limit.lower, limit.upper].map((bound) => (bound === null ? null : general(bound)));
  if (lower !== null && upper !== null) return words("demand_between", lower, upper, unit);
  if (lower === null) return words("demand_most", upper, unit);
  const least = words(limit.exclusive ? "demand_more" : "demand_least", lower, unit);
  if (!limit.floor) return least;
  const { kind, value, rate } = limit.floor;
  const basis = words(`floor_${kind}`, general(kind === "share" ? value * 100 : value), general(rate));
  return STATE.language ? `${least}（${basis}）` : `${least}, ${basis}`;
}
