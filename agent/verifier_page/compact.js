// The compact verdict, as agent/compact_verdict.py and agent/compact_check.py: the acceptor's word on one order, short
// enough for a QR code. It is believed by the pinned keys alone, and held against its bundle where that is here.

const PREFIX = "prooflight:verdict:";
const RATES = ["down_mbps", "up_mbps", "ordered_down_mbps", "ordered_up_mbps"];
const COMPACT_FIELDS = ["v", "order", "record", "decision", "outcome", ...RATES, "issued_at"];

function compactOf(content) {
  const root = new Fields(content).exactly(COMPACT_FIELDS);
  root.version();
  return {
    order: root.text("order", { longest: 64 }),
    record: root.digest("record"),
    decision: root.text("decision", { oneOf: ["recorded", "closed", "rejected", "review"] }),
    outcome: root.text("outcome", { oneOf: OUTCOMES }),
    ...Object.fromEntries(RATES.map((name) => [name, rateOrNull(root, name)])),
    issuedAt: root.needed("issued_at"),
  };
}

function rateOrNull(root, name) {
  const value = root.value(name);
  if (value === null) return null;
  const isNumber = typeof value === "bigint" || typeof value === "number";
  if (!isNumber || !(value >= 0 && value <= 1e6)) throw root.refuse(name);
  return Number(value);
}

// The measured and ordered rates of a result, by the names that they have in a compact verdict.
function ratesOf({ result, ordered }) {
  const measured = (way) => only(`throughput_${way}_mbps`, "", result.measurements)?.number ?? null;
  return {
    down_mbps: measured("down"),
    up_mbps: measured("up"),
    ordered_down_mbps: Number(ordered.down_mbps),
    ordered_up_mbps: Number(ordered.up_mbps),
  };
}

// Whether a compact verdict is what the acceptance that holds it must have put into it.
function isCompactOf(compact, { record, decision, outcome, issuedAt }, result) {
  const wanted = { order: result.order.id, record, decision, outcome: outcome ?? "", ...ratesOf(result), issuedAt };
  return same({ ...compact }, wanted);
}

// The token in a QR code's text; refused where it is another text.
function compactToken(text) {
  const token = stripped(text);
  if (!token.startsWith(PREFIX) || [...token].length > PREFIX.length + VERDICT_CHARACTERS) throw new Refusal("compact_form", PREFIX);
  return token.slice(PREFIX.length);
}

// What a QR code's text proves; `bundle` is the answer to the bundle that is open, or null.
async function verifyCompact(text, { trust, now }, bundle) {
  const token = compactToken(text);
  const piece = readPiece({ where: ["at_compact"], typ: VERDICT, token }, trust, await weigh([], [token], trust));
  const checks = overAll([[piece, looked(piece, piece.made?.issuedAt ?? now)]]);
  const believed = checks.every(isGood);
  const against = believed ? againstBundle(piece.made, bundle) : notChecked("rests_on");
  checks.push({ name: "bundle", needed: true, ...against });
  return { verdict: piece.made, signer: piece.key?.name ?? "", checks, valid: checks.every(isGood) };
}

function againstBundle(made, bundle) {
  if (bundle === null) return unneeded("compact_alone");
  if (!bundle.valid) return failed("compact_bundle_not_valid");
  const code = otherThanBundle(made, bundle.about);
  return code ? failed(code) : fine("compact_fine");
}

function otherThanBundle(made, { results, acceptance, bundle }) {
  const spoken = ({ open, close, visits }) => [open, close, ...visits].find(({ digest }) => digest === made.record);
  const attempt = results.find(spoken);
  if (!attempt) return "compact_no_record";
  if (made.order !== bundle.orderId) return "compact_order";
  const rates = Object.fromEntries(RATES.map((name) => [name, made[name]]));
  if (!same(rates, ratesOf(attempt.close.record))) return "compact_figures";
  if (spoken(attempt).record.result?.outcome !== made.outcome) return "compact_outcome";
  if (acceptance?.record !== made.record) return "";
  const told = ({ decision, outcome, issuedAt }) => [decision, outcome, issuedAt];
  return same(told(acceptance), told(made)) ? "" : "compact_acceptance";
}
