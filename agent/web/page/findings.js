// Findings in plain words: what was measured, what was demanded, by how much it is met or missed.

const KINDS = { pass: "good", marginal: "open", fail: "bad", unknown: "open" };

function quantityName({ quantity, index, meaning }) {
  const told = (STATE.language && QUANTITIES_ZH[quantity]) || meaning[0].toUpperCase() + meaning.slice(1);
  return index ? `${told} (${index})` : told;
}

function measuredWords(measured) {
  if (!measured) return say("unknown");
  if (measured.failure) {
    const known = WORDS[`failure_${measured.failure}`];
    return known ? say(`failure_${measured.failure}`) : say("failure_other", measured.detail || measured.failure);
  }
  if (measured.as_ordered !== null) return say(measured.as_ordered ? "the_ordered" : "another");
  const value = typeof measured.value === "number" ? number(measured.value) : String(measured.value);
  return say("measured", `${value} ${measured.unit}`.trim());
}

function demandWords({ lower, upper, exclusive, equals, unit }) {
  if (equals !== null) return say("demanded_is", equals === "" ? say("the_ordered") : equals);
  if (lower !== null && upper !== null) return say("demanded_between", number(lower), number(upper), unit);
  if (lower !== null) return say(exclusive ? "demanded_more" : "demanded_least", number(lower), unit);
  return upper === null ? "" : say("demanded_most", number(upper), unit);
}

function marginWords({ margin, unit }) {
  if (margin === null) return "";
  return say(margin < 0 ? "misses" : "to_spare", number(Math.abs(margin)), unit).trim();
}

function findingRow(finding) {
  const told = [measuredWords(finding.measured), demandWords(finding), marginWords(finding)].filter(Boolean);
  return el(
    "li",
    { class: "finding" },
    mark(KINDS[finding.status], say(`status_${finding.status}`)),
    el("b", {}, quantityName(finding)),
    el("span", { class: "soft" }, told.join("; ")),
  );
}

function findingList(list) {
  return el("ul", { class: "findings" }, list.map(findingRow));
}

function folded(words, ...inside) {
  return el("details", {}, el("summary", {}, words), ...inside);
}

function allFindings(list) {
  const bad = list.filter((each) => each.required && ["fail", "unknown"].includes(each.status));
  const good = list.filter((each) => each.required && !["fail", "unknown"].includes(each.status));
  const advisory = list.filter((each) => !each.required);
  return [
    bad.length ? el("h3", {}, say("failed_findings")) : null,
    bad.length ? findingList(bad) : null,
    good.length ? folded(say("good_findings", good.length), findingList(good)) : null,
    advisory.length ? folded(say("advisory_findings", advisory.length), findingList(advisory)) : null,
  ];
}
