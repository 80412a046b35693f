// Judging again, as diagnostics/criteria.py, limits.py and verdict.py do: the same arithmetic in the same order, so that
// status and margin of every finding come out to the last digit as they did there.

const PER_MBIT = { share: 1.0, kB_per_Mbit: 8 / 1000, KiB_per_Mbit: (8 * 1024) / 1e6 };
const MAY_LACK = ["onu_id", "cable_label"]; // what the order does not name is not demanded
const UNREADABLE = ["not_supported", "no_such_object"];

// The criteria of a name; refused where they are not built into this page.
function criteriaNamed(known, name) {
  if (!Object.hasOwn(known, name)) throw new Refusal("criteria_unknown", name);
  return known[name];
}

// The limits that apply to what was ordered, with their numbers scaled to it: those on the line, or on the visit.
function limitsFor(criteria, ordered, ofVisit) {
  const ponClass = ordered.pon_class || criteria.default_pon_class;
  const known = criteria.rules.map((rule) => rule.pon_class).filter(Boolean);
  if (known.length && !known.includes(ponClass)) throw new Refusal("pon_class", criteria.name, ponClass);
  const here = (rule) => BUILT_IN.quantities[rule.limit.quantity].of_visit === ofVisit;
  const applying = criteria.rules.filter((rule) => applies(rule, ordered, ponClass) && here(rule));
  return applying.map((rule) => scaled(rule, ordered));
}

function applies(rule, ordered, ponClass) {
  if (rule.floor && rateOf(rule.floor, ordered) === 0) return false;
  if (MAY_LACK.includes(rule.equals_ordered) && ["", null].includes(ordered[rule.equals_ordered])) return false;
  return (
    ["", ponClass].includes(rule.pon_class) &&
    (rule.service === "" || ordered.services.includes(rule.service)) &&
    ["", ordered.mode].includes(rule.mode) &&
    ["", ordered.access].includes(rule.access)
  );
}

function rateOf(floor, ordered) {
  const [down, up] = [Number(ordered.down_mbps), Number(ordered.up_mbps)];
  return { down, up, faster: Math.max(down, up) }[floor.of];
}

function scaled(rule, ordered) {
  const limit = { ...rule.limit };
  if (rule.equals_ordered) Object.assign(limit, { equals: written(ordered[rule.equals_ordered]), asOrdered: true });
  if (rule.floor) {
    limit.lower = rounded(rule.floor.value * PER_MBIT[rule.floor.kind] * rateOf(rule.floor, ordered), 6);
    limit.exclusive = rule.floor.exclusive;
    limit.floor = { ...rule.floor, rate: rateOf(rule.floor, ordered) };
  }
  if (limit.lower !== null) {
    if (rule.marginal_within_ratio) limit.marginal_within = rounded(limit.lower * rule.marginal_within_ratio, 6);
    if (rule.uncertainty_ratio) limit.uncertainty = rounded(limit.lower * rule.uncertainty_ratio, 6);
  }
  return limit;
}

// The verdict on a line from what was measured on it and what was demanded of it.
function judge(measurements, limits) {
  const findings = limits
    .map((limit) => [limit, measuredFor(limit, measurements)])
    .filter(([limit, measured]) => limit.required || measured?.failure?.kind !== "not_applicable")
    .map(([limit, measured]) => findingOf(limit, measured));
  const decisive = findings.filter((finding) => finding.required).map((finding) => finding.status);
  if (decisive.includes("fail")) return { outcome: "rejected", findings };
  const open = decisive.includes("unknown") || !decisive.length;
  return { outcome: open ? "inconclusive" : "accepted", findings };
}

// The verdict on a visit: where nothing decisive is demanded of it, nothing is against it.
function judgeVisit(measurements, limits) {
  const verdict = judge(measurements, limits);
  return verdict.findings.some((finding) => finding.required) ? verdict : { ...verdict, outcome: "accepted" };
}

function measuredFor(limit, measurements) {
  const found = only(limit.quantity, limit.index, measurements);
  const missing = found === null || (found.failure && UNREADABLE.includes(found.failure.kind));
  return limit.fallback && missing ? (only(limit.fallback, limit.index, measurements) ?? found) : found;
}

// The one measurement of this quantity; two of one name prove nothing and count as none.
function only(quantity, index, measurements) {
  const found = measurements.filter((each) => each.quantity === quantity && each.index === index);
  return found.length === 1 ? found[0] : null;
}

function findingOf(limit, measured) {
  const [status, margin] = statusOf(limit, measured);
  const quantity = measured ? measured.quantity : limit.quantity;
  const { name, index, required } = limit;
  return { name, quantity, index, status, required, margin, limit, measured };
}

function statusOf(limit, measured) {
  if (measured === null) return ["unknown", null];
  // No light is proven darkness, not ignorance: the line fails.
  if (measured.failure !== null) return [measured.failure.kind === "no_signal" ? "fail" : "unknown", null];
  if (limit.equals !== null) {
    return [written(measured.value).toUpperCase() === limit.equals.toUpperCase() ? "pass" : "fail", null];
  }
  return measured.number === null ? ["unknown", null] : againstBounds(limit, measured.number);
}

function againstBounds(limit, number) {
  const margins = [];
  if (limit.lower !== null) margins.push(number - limit.lower);
  if (limit.upper !== null) margins.push(limit.upper - number);
  const margin = rounded(Math.min(...margins), 6);
  const below = limit.exclusive && limit.lower !== null && number <= limit.lower;
  if (margin < 0 || below) return ["fail", margin];
  return [margin < limit.marginal_within ? "marginal" : "pass", margin];
}
