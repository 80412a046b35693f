// What others signed, in its one form: the reflector's receipt, the ticket service's order, the acceptor's answer; as
// agent/receipt.py, agent/signed_order.py and agent/acknowledgement.py read them.

const RECEIPT_FIELDS = [
  "v", "reflector", "order", "open", "station", "run", "direction", "source", "state", "reason", "ok", "admitted_at",
  "first_byte_at", "last_byte_at", "bytes", "series", "min_rtt_us", "retransmits", "health",
];
const STATES = ["completed", "failed", "aborted", "busy"];
const HEALTH = ["cpu_permille", "run_permille", "sessions", "capacity"];
const MOST_SAMPLES = 400;
const EARLY_US = 500_000;
const LATE_US = 150_000;

function receiptOf(content) {
  const root = new Fields(content).exactly(RECEIPT_FIELDS);
  root.version();
  const source = root.text("source");
  if (!isNetwork(source)) throw root.refuse("source");
  const health = root.object("health").exactly(HEALTH);
  for (const name of HEALTH) health.whole(name, 0n, 1_000_000n);
  root.time("first_byte_at");
  root.time("last_byte_at");
  root.text("reason", { otherwise: "" });
  root.whole("bytes", 0n);
  root.whole("retransmits", 0n);
  if (content.min_rtt_us !== null) root.whole("min_rtt_us", 0n);
  return {
    reflector: root.text("reflector", { longest: 64 }),
    order: root.digest("order"),
    open: root.digest("open"),
    station: root.text("station", { longest: 64 }),
    run: root.whole("run", 1n),
    direction: root.text("direction", { oneOf: ["down", "up"] }),
    state: root.text("state", { oneOf: STATES }),
    ok: root.flag("ok"),
    admittedAt: root.needed("admitted_at"),
    series: seriesOf(root),
  };
}

// Samples that go forward in time and never back in bytes.
function seriesOf(root) {
  const entries = root.items("series");
  let last = [-1n, 0n];
  for (const entry of entries) {
    const whole = Array.isArray(entry) && entry.length === 2 && entry.every(isCount);
    if (!whole || entry[0] <= last[0] || entry[1] < last[1]) throw root.refuse("series");
    last = entry;
  }
  if (entries.length > MOST_SAMPLES) throw root.refuse("series");
  return entries.map((entry) => entry.map(Number));
}

// Whether a text is an IPv4 network /24 or an IPv6 network /48, in the one way that Python's ipaddress writes it.
function isNetwork(text) {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.0\/24$/.exec(text);
  if (four) return four.slice(1).every((part) => String(Number(part)) === part && Number(part) < 256);
  if (!text.endsWith("::/48")) return false;
  const groups = text.slice(0, -5).split(":");
  const written = groups.every((group) => /^(?:0|[1-9a-f][0-9a-f]{0,3})$/.test(group));
  if (text === "::/48") return true;
  return written && groups.length <= 3 && groups.at(-1) !== "0";
}

// Bytes and microseconds between the samples nearest to a window's ends; null where it saw under half of it.
function counted(receipt, discardS, averageS) {
  const [begin, end] = [discardS * 1_000_000, (discardS + averageS) * 1_000_000];
  const samples = receipt.series.slice(0, -1).filter(([us]) => begin - EARLY_US <= us && us <= end + LATE_US);
  if (receipt.state !== "completed" || !samples.length) return null;
  const distance = (sample) => Math.abs(sample[0] - begin);
  const first = samples.reduce((best, sample) => (distance(sample) < distance(best) ? sample : best));
  const last = samples.at(-1);
  const us = last[0] - first[0];
  return us * 2 >= averageS * 1_000_000 ? [last[1] - first[1], us] : null;
}

const ORDER_FIELDS = [
  "v", "issuer", "nonce", "order", "ordered", "resource", "commitments", "stations", "technicians", "criteria",
  "reflectors", "attempts", "issued_at", "expires_at",
];
const RESOURCE = ["olt", "pon_port", "onu_id", "splitter_port"];

function signedOrderOf(content) {
  const root = new Fields(content).exactly(ORDER_FIELDS);
  root.version();
  const order = root.object("order").exactly(["id", "digest"]);
  const [issuedAt, expiresAt] = [root.needed("issued_at"), root.needed("expires_at")];
  if (expiresAt <= issuedAt) throw root.refuse("expires_at");
  if (named("in_field", ["nonce"], () => decode64(root.text("nonce"))).length !== 32) throw root.refuse("nonce");
  commitmentsIn(root);
  if (!root.items("technicians").every(isCommitment)) throw root.refuse("technicians");
  checkResource(root.object("resource").exactly(RESOURCE));
  return {
    issuer: root.text("issuer"),
    id: order.text("id", { longest: 64 }),
    digest: order.digest("digest"),
    ordered: orderedOf(root.object("ordered")),
    stations: namesOf(root, "stations", 1),
    criteria: criteriaRef(root.object("criteria").exactly(["name", "version", "digest"])),
    reflectors: root.objects("reflectors").map(reflectorOf),
    attempts: root.whole("attempts", 1n, 100n),
    issuedAt,
    expiresAt,
  };
}

function checkResource(fields) {
  if (fields.made.onu_id !== null) fields.whole("onu_id", 0n, 1023n);
  for (const name of ["olt", "pon_port", "splitter_port"]) fields.text(name, { otherwise: "" });
}

function namesOf(root, key, least) {
  const values = root.items(key, least);
  const whole = (value) => typeof value === "string" && stripped(value) && [...value].length <= 64;
  if (!values.every(whole)) throw root.refuse(key);
  return values;
}

function reflectorOf(fields) {
  fields.exactly(["host", "port", "name", "gate"]);
  fields.text("host");
  fields.whole("port", 1n, 65535n);
  return { name: fields.text("name", { otherwise: "" }), gate: fields.whole("gate", 0n, 65535n) };
}

const ACCEPTANCE_FIELDS = [
  "v", "acceptor", "record", "kid", "epoch", "seq", "order", "decision", "outcome", "reasons", "line", "verdict", "chain",
  "close_unanchored", "issued_at",
];
const DECISIONS = ["recorded", "closed", "rejected", "review", "refused"];

const VERDICT_CHARACTERS = 1000;
const REVIEW_CHARACTERS = 4000;

function acceptanceOf(content) {
  const isReviewed = isObject(content) && Object.hasOwn(content, "review");
  const root = new Fields(content).exactly(isReviewed ? [...ACCEPTANCE_FIELDS, "review"] : ACCEPTANCE_FIELDS);
  root.version();
  root.flag("close_unanchored");
  root.text("kid");
  root.whole("epoch", 1n);
  root.whole("seq", 1n);
  root.text("chain");
  if (!root.items("reasons").every((reason) => typeof reason === "string")) throw root.refuse("reasons");
  const order = content.order === null ? null : root.object("order");
  return {
    acceptor: root.text("acceptor"),
    record: root.digest("record"),
    order: order && { id: order.text("id"), digest: order.digest("digest"), anchor: order.text("anchor") },
    decision: root.text("decision", { oneOf: DECISIONS }),
    line: content.line === null ? null : root.text("line", { oneOf: ["bound", "not bound", "other line"] }),
    verdict: content.verdict === null ? null : root.text("verdict", { longest: VERDICT_CHARACTERS }),
    outcome: content.outcome === null ? null : root.text("outcome"),
    review: isReviewed ? root.text("review", { longest: REVIEW_CHARACTERS }) : null,
    reasons: content.reasons,
    issuedAt: root.needed("issued_at"),
  };
}

// What a person decided on a record that was left to him, as agent/review.py.
const REVIEW_FIELDS = ["v", "record", "acceptance", "decision", "why", "reviewer", "decided_at"];
const LONGEST_WHY = 500;

function reviewOf(content) {
  const root = new Fields(content).exactly(REVIEW_FIELDS);
  root.version();
  root.digest("acceptance");
  root.needed("decided_at");
  return {
    record: root.digest("record"),
    decision: root.text("decision", { oneOf: ["accept", "reject"] }),
    why: root.text("why", { longest: LONGEST_WHY }),
    reviewer: root.text("reviewer"),
  };
}
