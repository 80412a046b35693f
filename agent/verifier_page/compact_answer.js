// How the answer to a compact verdict is shown: what it says only where it is believed, and each of its checks.

function compactPart(answer) {
  const { verdict, valid } = answer;
  const good = verdict?.outcome === "accepted" && verdict.decision === "closed";
  const { state, kind, more } = stateOf(answer, good);
  const told = el("p", {}, valid ? words("compact_valid_more") : more);
  const head = [el("h2", {}, words("check_compact")), el("strong", {}, words(`banner_${state}`)), told];
  const banner = el("div", { class: `banner ${kind}`, "data-state": state, role: "alert" }, ...head);
  return el("section", { id: "compact" }, banner, valid ? compactFacts(answer) : null, checkList(answer));
}

function compactFacts({ verdict, signer }) {
  const rows = [
    ["fact_order", verdict.order],
    ["result", words(`outcome_${verdict.outcome}`)],
    ["fact_decision", words(`decision_${verdict.decision}`)],
    ["fact_down", compactRate(verdict.down_mbps, verdict.ordered_down_mbps)],
    ["fact_up", compactRate(verdict.up_mbps, verdict.ordered_up_mbps)],
    ["fact_confirmed", `${shownTime(verdict.issuedAt)}, ${signer}`],
  ];
  return el("dl", {}, rows.map(([code, value]) => [el("dt", {}, words(code)), el("dd", {}, shownDetail(value))]));
}

function compactRate(mbps, ordered) {
  const measured = mbps === null ? words("no_figure") : `${general(mbps)} Mbit/s`;
  return ordered ? `${measured}, ${words("figure_ordered", general(ordered))}` : measured;
}
