// The checks of a bundle's records against each other and against the signed order, as agent/bundle_checks.py. Each is
// one function of the case; station time never decides.

function fine(code, ...details) {
  return { status: "OK", words: [[code, ...details]] };
}

// NOT CHECKED, and nothing is missed by it.
function unneeded(code, ...details) {
  return { ...notChecked(code, ...details), needed: false };
}

function failedAt(attempt, code, ...details) {
  return { status: "FAILED", words: [["at_attempt", attempt], [code, ...details]] };
}

function checkOrder({ bundle, records, attempts }) {
  const ids = records.map(({ record }) => record.order?.id ?? "none");
  const other = ids.find((id) => id !== bundle.orderId);
  if (other !== undefined) return failed("order_other", other);
  const last = attempts.at(-1).open.record.order;
  if (!last || last.digest !== bundle.orderDigest) return failed("order_content");
  return fine("order_fine", bundle.orderId);
}

function checkAnchor({ order, issuer, attempts }) {
  const last = attempts.at(-1);
  if (order === null) {
    const named = last.open.record.order?.anchor ?? UNANCHORED;
    return named === UNANCHORED ? unneeded("unanchored") : failed("anchor_missing");
  }
  if (!last.isAnchored) return failed("anchor_other");
  for (const { open } of attempts.filter((attempt) => attempt.isAnchored)) {
    const stray = strayOf(open.record, order);
    if (stray) return failedAt(open.record.attempt, stray);
  }
  return fine("anchor_fine", issuer);
}

function strayOf(record, order) {
  if (record.order.id !== order.id) return "stray_id";
  if (record.order.digest !== order.digest) return "stray_content";
  if (!order.stations.includes(record.station)) return "stray_station";
  return same(record.ordered, order.ordered) ? "" : "stray_ordered";
}

function checkChain({ attempts, records }) {
  for (const [place, attempt] of attempts.entries()) {
    const broken = brokenAttempt(attempt);
    if (broken) return failedAt(place + 1, broken);
  }
  const tests = records.filter(({ record }) => record.tx !== "V"); // visits may be closed later
  const line = [...records].sort((a, b) => (later(placeOf(a), placeOf(b)) ? 1 : later(placeOf(b), placeOf(a)) ? -1 : 0));
  for (const list of [tests, line]) {
    for (const [place, after] of list.slice(1).entries()) {
      const broken = brokenJoint(list[place], after);
      if (broken) return failed(broken, ...placeOf(after));
    }
  }
  return fine("chain_fine", records.length);
}

function brokenAttempt({ open, close }) {
  const opened = open.record;
  if (opened.tx !== "B") return "chain_no_open";
  if (close === null) return "";
  const { record } = close;
  if (!["E", "A", "X", "P"].includes(record.tx) || record.open !== open.digest) return "chain_other_end";
  const facts = ({ order, station, attempt }) => [order, station, attempt];
  if (!same(facts(record), facts(opened))) return "chain_other_name";
  const changed = !same([record.ordered, record.criteria], [opened.ordered, opened.criteria]);
  return record.tx === "E" && changed ? "chain_changed" : "";
}

function placeOf({ record }) {
  return [record.epoch, record.seq];
}

function brokenJoint(before, after) {
  const [last, place] = [placeOf(before), placeOf(after)];
  if (!later(place, last)) return "chain_order";
  const next = place[0] === last[0] && place[1] === last[1] + 1n;
  return next && after.record.prev !== before.digest ? "chain_joint" : "";
}

function checkAttempts({ attempts, results, receipts, order }) {
  const gap = attempts.findIndex(({ open }, place) => open.record.attempt !== BigInt(place + 1));
  if (gap >= 0) return failed("attempts_gap", gap + 1);
  const opens = attempts.map(({ open }) => open.digest);
  const named = results.flatMap(({ result }) => result.receipts);
  const finished = results.map(({ open }) => open.digest);
  for (const [digest, made] of receipts) {
    const shown = named.includes(digest) || !finished.includes(made.open);
    if (!opens.includes(made.open) || !shown) return failed("attempts_hidden", made.reflector, made.run, made.state);
  }
  const under = attempts.filter((attempt) => attempt.isAnchored).length;
  if (order && under > order.attempts) return failed("attempts_surplus", under, order.attempts);
  return order ? fine("attempts_of", attempts.length, under, order.attempts) : fine("attempts_fine", attempts.length);
}

function checkTime(about) {
  const { order, acceptance, attempts, receipts, at } = about;
  if (order === null) return unneeded("time_unanchored");
  const accepted = acceptance?.issuedAt ?? null;
  if (accepted !== null && accepted < order.issuedAt) return failed("time_acceptance_early");
  for (const [place, attempt] of attempts.entries()) {
    if (!attempt.isAnchored) continue;
    const number = attempt.open.record.attempt;
    const seen = [...receipts.values()].filter((made) => made.open === attempt.open.digest).map((made) => made.admittedAt);
    if (seen.some((each) => each < order.issuedAt)) return failedAt(number, "time_early");
    if (seen.some((each) => each > order.expiresAt)) return failedAt(number, "time_expired");
    const late = accepted !== null && seen.some((each) => each > accepted);
    if (late && place <= acceptedPlace(about)) return failedAt(number, "time_accepted_before");
    if (attempt.result && !seen.length && at > order.expiresAt) {
      return { ...failedAt(number, "time_unseen"), status: "NOT CHECKED" };
    }
  }
  return fine("time_fine", order.issuedAt, accepted);
}

// The place of the attempt that was accepted; -1 where it is none of these.
function acceptedPlace({ attempts, acceptance }) {
  const records = ({ open, close, visits }) => [open, close, ...visits].filter(Boolean);
  return attempts.findIndex((attempt) => records(attempt).some(({ digest }) => digest === acceptance.record));
}
