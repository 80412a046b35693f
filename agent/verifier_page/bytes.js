// Bytes and their one spelling: base64url without padding (RFC 7515 2), UTF-8, hexadecimal. Nothing is repaired.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const SIX_BITS = new Map([...ALPHABET].map((letter, value) => [letter, value]));

function utf8(text) {
  return new TextEncoder().encode(text);
}

// The text of UTF-8 bytes; a byte order mark stays in it, so that whoever reads it refuses it.
function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal("json_utf8");
  }
}

function encode64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const four = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63];
    text += four.slice(0, bytes.length - at + 1).map((six) => ALPHABET[six]).join("");
  }
  return text;
}

// The bytes that a text spells; padding, space, foreign letters and stray bits at the end are refused.
function decode64(text) {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    if (!SIX_BITS.has(letter)) throw new Refusal("base64");
    held = ((held << 6) | SIX_BITS.get(letter)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (held >> bits) & 0xff;
      at += 1;
    }
  }
  if (text.length % 4 === 1 || (held & ((1 << bits) - 1)) !== 0) throw new Refusal("base64");
  return bytes;
}

function hexOf(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
