// The checks of a bundle's results, as agent/result_checks.py: receipts, criteria, the verdict judged again, figures,
// openings, acceptance. The station's verdict is advice: what follows from its measurements decides.

const DECISIVE = ["name", "quantity", "index", "status", "required", "margin"];

function checkReceipts({ results, order, receipts }) {
  for (const attempt of results) {
    const { record } = attempt.close;
    const doubt = attempt.isAnchored
      ? linkDoubt(record, order, receipts)
      : record.result.receipts.some(Boolean) && ["link_no_order"];
    if (doubt) return failedAt(record.attempt, ...doubt);
  }
  if (!receipts.size) return unneeded("receipts_none");
  return fine("receipts_fine", receipts.size, reflectorNames(receipts));
}

function reflectorNames(receipts) {
  return [...new Set([...receipts.values()].map((made) => made.reflector))].sort().join(", ");
}

function checkCriteria({ attempts, results, order, criteria }) {
  for (const { open, isAnchored } of attempts) {
    const { record } = open;
    if (isAnchored && !same(record.criteria, order.criteria)) return failedAt(record.attempt, "criteria_signed");
    if (record.criteria && record.ordered && record.ordered.criteria !== record.criteria.name) {
      return failedAt(record.attempt, "criteria_ordered", record.ordered.criteria, record.criteria.name);
    }
  }
  for (const { close } of results) {
    const seen = knownCriteria(criteria, close.record.criteria);
    if (seen.status !== "OK") return seen;
  }
  if (!results.length) return unneeded("criteria_none");
  const { name, version, digest } = results.at(-1).close.record.criteria;
  return fine("criteria_fine", name, version, digest.slice(0, 12));
}

// Whether the criteria that a result names are here, by digest.
function knownCriteria(criteria, { name, version, digest }) {
  if (!Object.hasOwn(criteria, name)) return notChecked("criteria_unknown", name);
  const known = criteria[name];
  if (known.digest !== digest) return notChecked("criteria_other", name, version, digest.slice(0, 12));
  return known.version === version ? OK : failed("criteria_version", name, known.version, version);
}

// The very criteria that a record names; refused where they are not here.
function statedCriteria(known, record) {
  const criteria = criteriaNamed(known, record.ordered.criteria);
  const { name, version, digest } = record.criteria;
  if (criteria.name === name && criteria.digest === digest) return criteria;
  throw new Refusal("criteria_other", name, version, digest.slice(0, 12));
}

// The verdict that the measurements of a closed attempt, or of its visit, deserve.
function judgeAgain(known, record) {
  const ofVisit = record.tx === "V";
  const limits = limitsFor(statedCriteria(known, record), record.ordered, ofVisit);
  return ofVisit ? judgeVisit(record.result.measurements, limits) : judge(record.result.measurements, limits);
}

// The same, or null where it cannot be judged here.
function judgedOrNot(criteria, record) {
  return unlessMissing(null, () => (record?.result ? judgeAgain(criteria, record) : null));
}

// What `make` returns, or something else where criteria are not here.
function unlessMissing(otherwise, make) {
  try {
    return make();
  } catch (error) {
    if (error instanceof Refusal) return otherwise;
    throw error;
  }
}

function checkVerdict({ attempts, results, criteria }) {
  let outcome = null;
  for (const { close } of results) {
    const { record } = close;
    let again = null;
    try {
      again = judgeAgain(criteria, record);
    } catch (error) {
      if (error instanceof Refusal) return notChecked(error.code, ...error.details);
      throw error;
    }
    outcome = again.outcome;
    if (!isAsStated(record, again)) return failedAt(record.attempt, "verdict_other", record.result.outcome, outcome);
  }
  if (!attempts.at(-1).result) return unneeded("verdict_none");
  return fine("verdict_fine", outcome);
}

// Whether a verdict that was judged again is the one that its record states.
function isAsStated({ result }, { outcome, findings }) {
  return same([result.outcome, result.findings.map(decisive)], [outcome, findings.map(decisive)]);
}

// What decides of a finding; its sentences are the station's words, and are not shown here.
function decisive(finding) {
  return DECISIVE.map((name) => finding[name] ?? null);
}

function checkFigures({ results, order, receipts, criteria }) {
  let looked = false;
  for (const { close, isAnchored } of results) {
    const { record } = close;
    const named = record.result.receipts.some(Boolean);
    if (!isAnchored || (!named && !order.reflectors.some((reflector) => reflector.gate))) continue;
    const name = record.ordered.criteria;
    if (!Object.hasOwn(criteria, name)) return notChecked("criteria_unknown", name);
    const doubt = figureDoubt(record, receipts, criteria[name].layer);
    if (doubt) return failedAt(record.attempt, ...doubt);
    looked = true;
  }
  return looked ? fine("figures_fine") : unneeded("figures_none");
}

// What was opened of the personal data matches its commitments in the very objects that it is of.
function checkOpenings({ openings, contents, weighed }) {
  if (openings === null) return unneeded("openings_none");
  const here = [...openings].filter(([digest]) => contents.has(digest));
  for (const [digest, made] of here) {
    const stated = statedIn(contents.get(digest));
    const astray = made.find(({ text }) => !stated.includes(`sha256:${weighed.digest(text)}`));
    if (astray) return failed("openings_astray", astray.name, digest.slice(0, 12));
  }
  const opened = here.flatMap(([, made]) => made);
  if (!opened.length) return failed("openings_elsewhere");
  return fine("openings_fine", opened.length, [...new Set(opened.map(({ name }) => name))].sort().join(", "));
}

// What an acceptance may come to by what a person decided; a result may still wait for its visit.
const FOLLOWS = { accept: ["closed", "recorded"], reject: ["rejected"] };

function checkAcceptance(about) {
  const { acceptance, attempts, criteria } = about;
  if (acceptance === null) return unneeded("acceptance_none");
  if (acceptance.decision === "refused") return failed("acceptance_refused", acceptance.acceptor, acceptance.reasons.join("; "));
  const last = spokenOf(about);
  if (last === null || !same(acceptance.order, last.order)) return failed("acceptance_other");
  if (acceptance.decision === "closed" && last.tx === "E" && isVisitDemanded(about)) return failed("acceptance_unvisited");
  const judged = last.tx === "E" ? attempts.at(-1).close?.record : last;
  const outcome = judgedOrNot(criteria, judged)?.outcome ?? null;
  if (outcome !== null && acceptance.outcome !== null && outcome !== acceptance.outcome) {
    return failed("acceptance_outcome", acceptance.outcome, outcome);
  }
  const { compact, results } = about;
  if (compact && !isCompactOf(compact, acceptance, results.at(-1).close.record)) return failed("acceptance_compact");
  const { review } = about;
  if (review === null) return fine("acceptance_fine", acceptance.decision, acceptance.acceptor);
  if (review.record !== acceptance.record || !FOLLOWS[review.decision].includes(acceptance.decision)) return failed("acceptance_review");
  return fine("acceptance_reviewed", acceptance.decision, acceptance.acceptor, review.reviewer, review.why);
}

function checkEvidence() {
  return unneeded("evidence_stays");
}
