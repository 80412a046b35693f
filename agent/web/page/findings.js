// Findings in plain words: what was measured, what was demanded, by how much it is met or missed.

const KINDS = { pass: "good", marginal: "open", fail: "bad", unknown: "open" };

function quantityName({ title, index }) {
  const told = title[STATE.language];
  return index ? `${told} (${index})` : told;
}

function measuredWords(measured) {
  if (!measured) return say("unknown");
  if (measured.as_ordered !== null) return say(measured.as_ordered ? "the_ordered" : "another");
  const words = measured.words[STATE.language];
  if (measured.failure === null) return say("measured", words);
  return measured.detail ? `${words} (${measured.detail})` : words;
}

function demandWords({ lower, upper, exclusive, equals }) {
  if (equals !== null) return say("demanded_is", equals[STATE.language] ?? say("the_ordered"));
  if (lower !== null && upper !== null) return say("demanded_between", lower, upper);
  if (lower !== null) return say(exclusive ? "demanded_more" : "demanded_least", lower);
  return upper === null ? "" : say("demanded_most", upper);
}

function marginWords({ margin, misses }) {
  return margin === null ? "" : say(misses ? "misses" : "to_spare", margin);
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
