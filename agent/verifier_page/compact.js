// The compact verdict inside an acceptance, as agent/compact_verdict.py reads it: the acceptor's word on one order.

const RATES = ["down_mbps", "up_mbps", "ordered_down_mbps", "ordered_up_mbps"];
const COMPACT_FIELDS = ["v", "order", "record", "decision", "outcome", ...RATES, "issued_at"];
const MOST_COMPACT = 1000;

function compactOf(content) {
  const root = new Fields(content).exactly(COMPACT_FIELDS);
  root.version();
  return {
    order: root.text("order", { longest: 64 }),
    record: root.digest("record"),
    decision: root.text("decision", { oneOf: DECISIONS.filter((decision) => decision !== "refused") }),
    outcome: root.text("outcome", { oneOf: ["accepted", "rejected", "inconclusive"] }),
    rates: RATES.map((name) => rateIn(root, name)),
    issuedAt: root.needed("issued_at"),
  };
}

function rateIn(root, name) {
  const value = root.made[name];
  if (value === null) return null;
  const isRate = ["bigint", "number"].includes(typeof value) && Number(value) >= 0 && Number(value) <= 1e6;
  if (!isRate) throw root.refuse(name);
  return Number(value);
}

// The compact verdict's token in an acceptance's, believed or not; only to know what is to be weighed.
function compactTokens(acceptance) {
  try {
    const { verdict } = parseObject(decode64(acceptance.split(".")[1]));
    return typeof verdict === "string" ? [verdict] : [];
  } catch {
    return [];
  }
}

// Whether a compact verdict says what its acceptance and the last result do.
function saysSame(compact, acceptance, record) {
  const measured = (way) => record.result.measurements.findLast((m) => m.quantity === `throughput_${way}_mbps` && !m.index);
  const rate = (way) => measured(way)?.number ?? null;
  const rates = [rate("down"), rate("up"), Number(record.ordered.down_mbps), Number(record.ordered.up_mbps)];
  return same(
    [compact.order, compact.record, compact.decision, compact.outcome, compact.rates, compact.issuedAt],
    [record.order.id, acceptance.record, acceptance.decision, acceptance.outcome, rates, acceptance.issuedAt],
  );
}
