// Records as agent/record_form.py reads them: one form a step, no field more or less. What is returned is what the
// station stated; none of it is believed before its seal was opened.

const UNANCHORED = "unanchored";
const COMMON = ["v", "tx", "station", "epoch", "seq", "prev", "clock", "environment"];
const OF_ATTEMPT = [...COMMON, "order", "attempt"];
const ENDED = [...OF_ATTEMPT, "open", "reason"];
const VISIT = ["measurements", "outcome", "findings", "evidence", "commitments", "opening"];
const RESULT = [...VISIT, "runs", "receipts", "causes", "profile"];
const RECORD_FIELDS = {
  B: [...OF_ATTEMPT, "ordered", "criteria"],
  E: [...OF_ATTEMPT, "open", "ordered", "criteria", ...RESULT],
  A: ENDED,
  X: ENDED,
  P: ENDED,
  R: [...COMMON, "reason"],
  V: [...OF_ATTEMPT, "open", "close", "ordered", "criteria", ...VISIT],
};
const MOST_COMMITMENTS = 200;
const OUTCOMES = ["accepted", "rejected", "inconclusive"];
const ORDERED_OTHERS = ["down_mbps", "up_mbps", "services", "vlans", "onu_id"];

// The record that a strictly read object states.
function recordOf(content) {
  const root = new Fields(content);
  root.version();
  const tx = root.text("tx", { oneOf: Object.keys(RECORD_FIELDS) });
  root.exactly(RECORD_FIELDS[tx]);
  checkEnvironment(root);
  return {
    tx,
    station: root.text("station", { longest: 64 }),
    epoch: root.whole("epoch", 1n),
    seq: root.whole("seq", 1n),
    prev: content.prev === null ? null : root.digest("prev"),
    clock: clockOf(root.object("clock")),
    order: root.has("order") ? orderRef(root.object("order")) : null,
    attempt: root.has("attempt") ? root.whole("attempt", 1n) : 0n,
    open: root.has("open") ? root.digest("open") : "",
    close: root.has("close") ? root.digest("close") : "",
    ordered: root.has("ordered") ? orderedOf(root.object("ordered")) : null,
    criteria: root.has("criteria") ? criteriaRef(root.object("criteria")) : null,
    result: root.has("outcome") ? resultOf(root) : null,
    reason: root.has("reason") ? root.text("reason", { otherwise: "" }) : "",
  };
}

function orderRef(order) {
  const anchor = order.text("anchor", { longest: 64 });
  return {
    id: order.text("id", { longest: 64 }),
    digest: order.digest("digest"),
    anchor: anchor === UNANCHORED ? anchor : order.digest("anchor"),
  };
}

function criteriaRef(criteria) {
  return { name: criteria.text("name"), version: criteria.text("version"), digest: criteria.digest("digest") };
}

function clockOf(clock) {
  return {
    wall: clock.needed("wall"),
    monoNs: clock.whole("mono_ns", 0n),
    bootId: clock.text("boot_id"),
    status: clock.text("status", { oneOf: ["U", "I", "S", "R"] }),
  };
}

function checkEnvironment(root) {
  for (const value of Object.values(root.object("environment").made)) {
    if (value !== null && typeof value === "object") throw root.refuse("environment");
  }
}

// What was ordered on the line, as it stands there.
function orderedOf(fields) {
  const texts = BUILT_IN.ordered_texts;
  const made = fields.exactly([...texts, ...ORDERED_OTHERS]).made;
  if (made.onu_id !== null) fields.whole("onu_id", 0n, BigInt(BUILT_IN.most_onu_id));
  for (const name of texts) if (typeof made[name] !== "string") throw fields.refuse(name);
  for (const name of ["down_mbps", "up_mbps"]) {
    const isNumber = typeof made[name] === "bigint" || typeof made[name] === "number";
    if (!isNumber || !(made[name] >= 0 && made[name] <= 1e6)) throw fields.refuse(name);
  }
  for (const name of BUILT_IN.ordered_personal) if (made[name] && !isCommitment(made[name])) throw fields.refuse(name);
  if (!fields.items("services").every((each) => typeof each === "string")) throw fields.refuse("services");
  if (!fields.items("vlans").every(isWhole)) throw fields.refuse("vlans");
  return made;
}

function resultOf(root) {
  const runs = root.objects("runs").map(runOf); // a visit has none
  const evidence = root.object("evidence");
  for (const source of Object.keys(evidence.made)) evidence.digest(source);
  if (root.has("profile") && root.made.profile !== null) {
    const profile = root.object("profile");
    profile.text("name");
    profile.digest("digest");
  }
  root.objects("causes");
  commitmentsIn(root);
  if (root.made.opening !== null) root.text("opening", { longest: 64 });
  return {
    measurements: root.objects("measurements").map(measurementOf),
    runs,
    receipts: receiptNames(root, runs.length),
    outcome: root.text("outcome", { oneOf: OUTCOMES }),
    findings: root.objects("findings").map((finding) => finding.made),
  };
}

// Commitments by the names of what they stand for.
function commitmentsIn(root) {
  const entries = Object.entries(root.object("commitments").made);
  const whole = ([name, value]) => sanitised(name, 120) === name && isCommitment(value);
  if (entries.length > MOST_COMMITMENTS || !entries.every(whole)) throw root.refuse("commitments");
}

// One digest or null for each run; nothing at all where no run has a receipt.
function receiptNames(root, runs) {
  const made = root.items("receipts");
  const whole = made.every((each) => each === null || isDigest(each));
  if (!whole || (made.length && (made.length !== runs || made.every((each) => each === null)))) {
    throw root.refuse("receipts");
  }
  return made;
}
