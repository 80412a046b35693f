// Whether a result and the reflectors' receipts tell of the same runs, as agent/witnessing.py. Each answer is the first
// way in which they do not, as a code with its details; null where they do.

const ROUNDING = 1.0005; // figures stand in the record at their resolution
const MOST_FRAMING = 1.1; // a rate at a lower layer than TCP payload is higher, by no more than this
const MOST_APART = 0.05;

// Each run with the digest of the receipt that it names, if any, and that receipt if it is here.
function runsOf(result, receipts) {
  return result.runs.map((run, place) => {
    const digest = result.receipts[place] ?? null;
    return { number: place + 1, run, digest, receipt: (digest && receipts.get(digest)) || null };
  });
}

function linkDoubt(record, order, receipts) {
  const named = record.result.receipts.filter(Boolean);
  if (new Set(named).size !== named.length) return ["link_twice"];
  for (const { number, run, digest, receipt } of runsOf(record.result, receipts)) {
    const code = receipt ? otherLink(record, order, run, receipt) : digest && "link_missing";
    if (code) return [code, number];
  }
  return null;
}

function otherLink(record, order, run, receipt) {
  const wanted = order.reflectors[Number(run.reflector)]?.name ?? "";
  if (receipt.order !== record.order.anchor) return "link_order";
  if (receipt.open !== record.open) return "link_attempt";
  if (receipt.station !== record.station) return "link_station";
  if (receipt.direction !== run.direction) return "link_direction";
  if (receipt.reflector !== wanted) return "link_reflector";
  return run.failure !== null || receipt.state === "completed" ? "" : "link_state";
}

function figureDoubt(record, receipts, layer) {
  const valid = { down: [], up: [] };
  for (const { number, run, receipt } of runsOf(record.result, receipts)) {
    if (receipt === null) continue;
    const seen = counted(receipt, Number(run.discard_s), Number(run.average_s));
    const reflector = seen?.[1] ? (seen[0] * 8) / seen[1] : 0;
    if (run.failure === null) {
      if (!seen?.[1]) return ["figure_unseen", number];
      if (Math.abs(run.mbps - reflector) > MOST_APART * Math.max(run.mbps, reflector)) {
        return ["figure_apart", number, run.mbps.toFixed(1), reflector.toFixed(1)];
      }
      valid[run.direction]?.push(lowerOf(run, seen));
    }
  }
  for (const [way, rate] of [["down", record.ordered.down_mbps], ["up", record.ordered.up_mbps]]) {
    const doubt = Number(rate) ? statedDoubt(record.result, way, valid[way], layer) : null;
    if (doubt) return doubt;
  }
  return null;
}

// The rate of a run by the lower of both counts.
function lowerOf(run, [bytes, us]) {
  const higher = BigInt(bytes) * run.us >= run.payload_bytes * BigInt(us);
  return higher ? run.mbps : (bytes * 8) / us;
}

// Whether the figure of a direction is more than the best run that both ends signed.
function statedDoubt(result, way, valid, layer) {
  const stated = (name) => only(`throughput_${way}_${name}`, "", result.measurements)?.number ?? null;
  const [mbps, bytes, us] = [stated("mbps"), stated("bytes"), stated("us")];
  if (mbps === null) return null;
  if (!valid.length) return ["figure_unsigned", way];
  const framing = layer === "tcp_payload" ? 1.0 : MOST_FRAMING;
  if (!bytes || !us || (bytes * 8) / us > Math.max(...valid) * ROUNDING) return ["figure_more", way];
  return mbps > ((bytes * 8) / us) * framing * ROUNDING ? ["figure_rate", way] : null;
}
