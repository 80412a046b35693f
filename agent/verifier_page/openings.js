// Openings of personal data, as agent/opening.py reads the back office's file of them and agent/commitment.py each
// disclosure (RFC 9901 4.2.1). Nothing in it is believed that does not hash to what a signed object states.

const OPENINGS_FORMAT = "prooflight.openings/1";
const OPENINGS_BYTES = 16 << 20;
const DISCLOSURE_BYTES = 4096;
const SALT_BYTES = 16;

// The disclosures by the digest of their object.
function parseOpenings(bytes) {
  const root = new Fields(parseObject(bytes, OPENINGS_BYTES)).exactly(["format", "openings"]);
  root.text("format", { oneOf: [OPENINGS_FORMAT] });
  const openings = root.object("openings");
  return new Map(Object.keys(openings.made).map((digest) => [digest, disclosuresIn(openings, digest)]));
}

function disclosuresIn(openings, digest) {
  const texts = openings.items(digest);
  if (texts.length > MOST_COMMITMENTS) throw openings.refuse(digest);
  return texts.map((text) => named("in_field", [openings.at(digest)], () => disclosureOf(text)));
}

// One disclosure in its one spelling: base64url of [salt, name, value].
function disclosureOf(text) {
  const made = parseJson(decode64(typeof text === "string" ? text : ""), DISCLOSURE_BYTES, 1);
  const whole = Array.isArray(made) && made.length === 3 && made.every((part) => typeof part === "string");
  if (!whole || decode64(made[0]).length !== SALT_BYTES || encode64(utf8(JSON.stringify(made))) !== text) {
    throw new Refusal("disclosure");
  }
  return { text, name: made[1], value: made[2] };
}

// Every commitment that stands anywhere in the content of a signed object.
function statedIn(content) {
  if (content !== null && typeof content === "object") return Object.values(content).flatMap(statedIn);
  return isCommitment(content) ? [content] : [];
}
