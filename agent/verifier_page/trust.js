// The trust file, read as strictly as agent/trust.py reads it: pinned keys with one role each. It comes with the page
// or by another way than the bundle; a key inside a bundle is never believed.

const TRUST_BYTES = 1 << 20;
const ROLES = ["order", "reflector", "station", "acceptor", "support", "criteria", "reviewer", "opening"];
const SIGNS = { kty: "OKP", crv: "Ed25519", alg: ALGORITHM };
const IN_TPM = { kty: "EC", crv: "P-256", alg: TPM_ALGORITHM };
const OPENS = { kty: "EC", crv: "P-256", alg: "ECDH-ES" };
const REQUIRED = ["kty", "crv", "alg", "x", "kid", "role", "name"];
const PRIME = 2n ** 255n - 19n;
const P_256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const P_256_B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
// y of the eight points whose order divides 8: under such a key one signature fits every message (RFC 8032 5.1.7).
const SMALL_ORDER = new Set([
  0n,
  1n,
  PRIME - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
]);

// The pinned keys by key id.
async function parseTrust(bytes) {
  const made = parseObject(bytes, TRUST_BYTES);
  if (!same(Object.keys(made), ["keys"]) || !Array.isArray(made.keys)) throw new Refusal("trust_form");
  const trust = new Map();
  for (const [place, entry] of made.keys.entries()) {
    const key = await trusted(new Fields(entry, `keys[${place}]`), entry);
    if (trust.has(key.kid)) throw new Refusal("key_twice", `keys[${place}]`);
    trust.set(key.kid, key);
  }
  return trust;
}

async function trusted(fields, entry) {
  const kind = kindOf(entry);
  const curved = kind !== SIGNS;
  const required = curved ? [...REQUIRED, "y"] : REQUIRED;
  for (const name of required) {
    if (typeof fields.value(name) !== "string" || !entry[name]) throw fields.refuse(name);
  }
  checkKnown(fields, [...required, "not_before", "not_after", "revoked"]);
  for (const [name, value] of Object.entries(kind)) if (entry[name] !== value) throw fields.refuse(name);
  if (!ROLES.includes(entry.role)) throw fields.refuse("role");
  curved ? checkCurve(fields, entry) : checkPoint(fields, entry.x);
  const form = utf8(curved ? `{"crv":"P-256","kty":"EC","x":"${entry.x}","y":"${entry.y}"}` : `{"crv":"Ed25519","kty":"OKP","x":"${entry.x}"}`);
  if (entry.kid !== encode64(await sha256(form))) throw fields.refuse("kid");
  return {
    kid: entry.kid,
    x: entry.x,
    y: curved ? entry.y : null,
    algorithm: kind === IN_TPM ? TPM_ALGORITHM : ALGORITHM,
    role: entry.role,
    name: entry.name,
    notBefore: fields.has("not_before") ? strictTime(fields, "not_before") : null,
    notAfter: fields.has("not_after") ? strictTime(fields, "not_after") : null,
    revoked: fields.has("revoked") ? revocation(new Fields(entry.revoked, fields.at("revoked"))) : null,
  };
}

// What a key must be for its role; a station's may be of P-256, where it lives in a TPM.
function kindOf(entry) {
  if (entry.role === "opening") return OPENS;
  return entry.role === "station" && entry.kty === "EC" ? IN_TPM : SIGNS;
}

function checkKnown(fields, names) {
  const foreign = Object.keys(fields.made).find((name) => !names.includes(name));
  if (foreign !== undefined) throw new Refusal("foreign", fields.at(foreign));
}

function strictTime(fields, name) {
  const made = timeOf(fields.value(name));
  if (made === null) throw fields.refuse(name);
  return made;
}

// Refuse a point that is not canonical or lies in the small subgroup.
function checkPoint(fields, x) {
  const raw = named("in_field", [fields.at("x")], () => decode64(x));
  if (raw.length !== 32) throw fields.refuse("x");
  const y = BigInt(`0x${hexOf(raw.reverse())}`) & (2n ** 255n - 1n);
  if (y >= PRIME || SMALL_ORDER.has(y)) throw new Refusal("weak_key", fields.path);
}

// Refuse what is no point of P-256.
function checkCurve(fields, entry) {
  const [x, y] = ["x", "y"].map((name) => {
    const raw = named("in_field", [fields.at(name)], () => decode64(entry[name]));
    if (raw.length !== 32) throw fields.refuse(name);
    return BigInt(`0x${hexOf(raw)}`);
  });
  if (x >= P_256 || y >= P_256 || (y * y - x ** 3n + 3n * x - P_256_B) % P_256 !== 0n) throw new Refusal("weak_key", fields.path);
}

function revocation(fields) {
  const reason = fields.value("reason");
  if (typeof reason !== "string") throw fields.refuse("reason");
  const lastGood = [["last_good_epoch", 1n], ["last_good_seq", 0n]].map(([name, otherwise]) => {
    const value = fields.value(name, otherwise);
    if (typeof value !== "bigint" || value < 0n) throw fields.refuse(name);
    return value;
  });
  checkKnown(fields, ["time", "reason", "last_good_epoch", "last_good_seq"]);
  return { time: strictTime(fields, "time"), reason, lastGood };
}
