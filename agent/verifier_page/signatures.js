// The only part that waits: WebCrypto's SHA-256 and signatures. All that can be needed is worked out once, before
// anything is judged; the rest of the verifier is plain functions of it. No network, no other cryptography.

const TOKEN_LENGTH = Math.floor((OBJECT_BYTES * 4) / 3) + 1024;

class Weighed {
  constructor() {
    this.digests = new Map();
    this.fits = new Map();
  }

  // SHA-256 of a text, in hexadecimal.
  digest(text) {
    return this.digests.get(text);
  }

  // Whether a token's signature fits a key: true, false, or null where this browser cannot say.
  signed(token, x) {
    const name = `${x} ${token}`;
    return this.fits.has(name) ? this.fits.get(name) : false;
  }
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

// A point of the curve (RFC 8037 A.2) to ask a browser with, whether it knows the algorithm at all.
const PROBE = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const HALF_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n / 2n; // SEC 2, secp256r1
const IMPORTED = new Map(); // public key -> what the browser makes of it; null where it refuses it

async function imported(x) {
  const key = { kty: "OKP", crv: ALGORITHM, x };
  if (!IMPORTED.has(x)) {
    IMPORTED.set(x, crypto.subtle.importKey("jwk", key, { name: ALGORITHM }, false, ["verify"]).catch(() => null));
  }
  return IMPORTED.get(x);
}

// Whether a signature fits: false also under what is no point of the curve; null where this browser cannot say.
async function fits(token, pinned) {
  const last = token.lastIndexOf(".");
  try {
    const [signature, signed] = [decode64(token.slice(last + 1)), utf8(token.slice(0, last))];
    if (pinned.algorithm === TPM_ALGORITHM) return await fitsCurve(pinned, signature, signed);
    if ((await imported(PROBE)) === null) return null;
    return await crypto.subtle.verify({ name: ALGORITHM }, await imported(pinned.x), signature, signed);
  } catch {
    return false;
  }
}

// ES256 in its one spelling: the greater s would be a second signature by nobody's doing.
async function fitsCurve({ x, y }, signature, signed) {
  if (signature.length !== 64 || BigInt(`0x${hexOf(signature.slice(32))}`) > HALF_ORDER) return false;
  const jwk = { kty: "EC", crv: "P-256", x, y };
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, signed);
}

// Digests of all texts, and of all tokens the signature under the key that each names, where that key is pinned.
async function weigh(texts, tokens, trust) {
  const made = new Weighed();
  const digest = async (text) => made.digests.set(text, hexOf(await sha256(utf8(text))));
  const verify = async (token) => {
    const key = trust.get(claimedKid(token));
    if (key) made.fits.set(`${key.x} ${token}`, await fits(token, key));
  };
  await Promise.all([...new Set([...texts, ...tokens])].map(digest));
  await Promise.all([...new Set(tokens)].map(verify));
  return made;
}
