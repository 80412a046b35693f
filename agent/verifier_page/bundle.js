// The bundle as agent/bundle.py reads it: the exact texts that were signed. It states nothing of its own.

const BUNDLE_BYTES = 16 << 20;
const MOST_TEXT = 100_000;

function parseBundle(bytes) {
  const made = parseObject(bytes, BUNDLE_BYTES);
  const root = new Fields(made).exactly(["format", "order", "attempts", "acceptance"]);
  root.text("format", { oneOf: ["prooflight.bundle/1"] });
  const order = root.object("order").exactly(["id", "digest", "signed"]);
  const attempts = root.objects("attempts", 1);
  if (attempts.length > 1000) throw root.refuse("attempts");
  return {
    orderId: order.text("id"),
    orderDigest: order.digest("digest"),
    signedOrder: tokenOf(order, "signed"),
    attempts: attempts.map(attemptOf),
    acceptance: tokenOf(root, "acceptance"),
  };
}

function attemptOf(fields) {
  fields.exactly(["open", "close", "receipts", "visits", "openings"]);
  tokensIn(fields, "openings"); // deleting them changes no signature
  const [receipts, visits] = [tokensIn(fields, "receipts"), tokensIn(fields, "visits")];
  return { open: fields.text("open", { longest: MOST_TEXT }), close: tokenOf(fields, "close"), receipts, visits };
}

function tokensIn(fields, name) {
  const tokens = fields.items(name);
  if (!tokens.every((token) => typeof token === "string")) throw fields.refuse(name);
  return tokens;
}

function tokenOf(fields, name) {
  return fields.made[name] === null ? null : fields.text(name, { longest: MOST_TEXT });
}

// Every token of a bundle.
function tokensOf(bundle) {
  const each = bundle.attempts.flatMap((attempt) => [attempt.open, attempt.close, ...attempt.visits, ...attempt.receipts]);
  const inside = bundle.acceptance === null ? [] : insideOf(bundle.acceptance);
  return [bundle.signedOrder, ...each, bundle.acceptance, ...inside].filter((token) => token !== null);
}

// The compact verdict and the review in an acceptance, which are not believed yet, as far as they are there.
function insideOf(token) {
  try {
    const { verdict, review } = parseObject(decode64(token.split(".")[1] ?? ""));
    return [verdict, review].filter((each) => typeof each === "string");
  } catch {
    return [];
  }
}
