// Verifying a bundle: the fixed list of named checks, in the order of agent/verification.py. All of them are told every
// time; what could not be looked at is NOT CHECKED, and nothing is valid while something needed is.

const CHECKS = [
  ["order", [RECORD], checkOrder],
  ["anchor", [RECORD, ORDER], checkAnchor],
  ["receipts", [RECORD, ORDER, RECEIPT], checkReceipts],
  ["chain", [RECORD], checkChain],
  ["attempts", [RECORD, ORDER, RECEIPT], checkAttempts],
  ["time", [RECORD, ORDER, RECEIPT, ACCEPTANCE], checkTime],
  ["criteria", [RECORD, ORDER], checkCriteria],
  ["verdict", [RECORD], checkVerdict],
  ["visit", [RECORD], checkVisit],
  ["figures", [RECORD, ORDER, RECEIPT], checkFigures],
  ["openings", [RECORD], checkOpenings],
  ["acceptance", [RECORD, ACCEPTANCE, VERDICT, REVIEW], checkAcceptance],
  ["evidence", [], checkEvidence],
];

// What a bundle proves by the pinned keys and known criteria; `now`, microseconds since 1970, stands in for the
// acceptance's time where there is none; `openings` are what somebody opened of its personal data.
async function verifyBundle(bundle, { trust, criteria, now, openings = null }) {
  const disclosures = [...(openings?.values() ?? [])].flat().map(({ text }) => text);
  const weighed = await weigh(disclosures, tokensOf(bundle), trust);
  const pieces = piecesOf(bundle, trust, weighed);
  const at = acceptedAt(pieces) ?? now;
  const found = pieces.map((piece) => [piece, looked(piece, at)]);
  const believed = found.filter(([piece, answers]) => isBelieved(piece, answers)).map(([piece]) => piece);
  const doubted = pieces.filter((piece) => !believed.includes(piece));
  const about = { ...caseOf(bundle, pieces, believed, at), criteria, openings, weighed };
  const checks = [...overAll(found), ...CHECKS.map((check) => askedOf(check, about, doubted))];
  const judged = judgedOrNot(criteria, about.attempts.at(-1)?.close?.record);
  const outcome = judged?.outcome ?? null;
  const signers = signersOf(believed);
  return { orderId: bundle.orderId, checks, valid: checks.every(isGood), outcome, judged, about, signers };
}

function isGood({ status, needed }) {
  return status === "OK" || (status === "NOT CHECKED" && !needed);
}

// When the acceptor answered, by an acceptance that is believed at its own time; else null.
function acceptedAt(pieces) {
  const piece = pieces.find(({ typ }) => typ === ACCEPTANCE);
  if (!piece?.made) return null;
  const at = piece.made.issuedAt;
  return isBelieved(piece, looked(piece, at)) ? at : null;
}

function askedOf([name, restsOn, look], about, doubted) {
  const doubt = doubted.find((piece) => restsOn.includes(piece.typ));
  const seen = doubt ? notChecked("rests_on", doubt.where) : look(about);
  return { name, needed: true, ...seen };
}
