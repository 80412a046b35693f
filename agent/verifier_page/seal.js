// Seals, as agent/seal.py opens them: compact JWS over exact bytes, only by a pinned key of the right role. The
// algorithm comes from the key and never from the header, which holds alg, kid and typ and nothing else.

const ALGORITHM = "Ed25519";
const TPM_ALGORITHM = "ES256"; // of a station's key in a TPM
const ORDER = "prooflight.order+jws";
const RECEIPT = "prooflight.receipt+jws";
const RECORD = "prooflight.record+jws";
const ACCEPTANCE = "prooflight.acceptance+jws";
const VERDICT = "prooflight.verdict+jws";
const REVIEW = "prooflight.review+jws";
const ROLE_OF = {
  [ORDER]: "order",
  [RECEIPT]: "reflector",
  [RECORD]: "station",
  [ACCEPTANCE]: "acceptor",
  [VERDICT]: "acceptor",
  [REVIEW]: "reviewer",
};
const HEADER_LENGTH = 512;

// A token taken apart without believing it.
function readToken(token, typ) {
  if ([...token].length > TOKEN_LENGTH) throw new Refusal("token_size", TOKEN_LENGTH);
  const parts = token.split(".");
  if (parts.length !== 3) throw new Refusal("token_parts");
  const [header, payload] = parts.map(decode64);
  return { token, typ, payload, ...signerOf(header, typ) };
}

function signerOf(raw, typ) {
  const header = named("in_header", [], () => parseObject(raw, HEADER_LENGTH, 2));
  if (header.typ !== typ) throw new Refusal("typ", typ);
  const foreign = Object.keys(header).filter((name) => !["alg", "kid", "typ"].includes(name)).sort();
  if (foreign.length) throw new Refusal("header_foreign", foreign[0].slice(0, 20));
  const allowed = typ === RECORD ? [ALGORITHM, TPM_ALGORITHM] : [ALGORITHM];
  if (!allowed.includes(header.alg)) throw new Refusal("alg", allowed.join(", "));
  if (typeof header.kid !== "string") throw new Refusal("no_kid");
  return { kid: header.kid, algorithm: header.alg };
}

// Whether a refusal is about a header, once its typ is right.
function isOfHeader(refusal) {
  return ["header_foreign", "alg", "no_kid"].includes(refusal.code) || refusal.where.some(([code]) => code === "in_header");
}

// The key that a token says to be signed by; only to know which one is to be tried.
function claimedKid(token) {
  try {
    return parseObject(decode64(token.split(".")[0]), HEADER_LENGTH, 2).kid;
  } catch {
    return undefined;
  }
}

// Refuse a key of another role than the one that signs such objects.
function checkRole(key, typ) {
  if (key.role !== ROLE_OF[typ]) throw new Refusal("role", key.name, key.role, typ);
}

// Refuse a key that was not yet or no longer valid at a time.
function checkDates(key, at) {
  if (key.notBefore !== null && at < key.notBefore) throw new Refusal("not_before", key.name);
  if (key.notAfter !== null && at > key.notAfter) throw new Refusal("not_after", key.name);
}

// Refuse what a key signed that was revoked by then; a station's last good records stay good.
function checkRevocation(key, content, at) {
  if (key.revoked === null || at < key.revoked.time) return;
  const place = [content.epoch, content.seq];
  const good = key.role === "station" && place.every(isWhole) && !later(place, key.revoked.lastGood);
  if (!good) throw new Refusal("revoked", key.name, key.revoked.reason);
}

function isWhole(value) {
  return typeof value === "bigint" || typeof value === "boolean";
}

// Whether one place in a chain, [epoch, seq], comes after another.
function later([epoch, seq], [lastEpoch, lastSeq]) {
  return epoch > lastEpoch || (epoch == lastEpoch && seq > lastSeq); // eslint-disable-line eqeqeq -- as Python compares
}
