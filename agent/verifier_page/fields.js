// Reading fields of a JSON document strictly, as agent/fields.py does: every refusal names the field's path.

const MOST_WHOLE = 2n ** 53n - 1n;
const SPACES = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const CONTROLS = new RegExp(`[${SPACES}\\x00-\\x1f\\x7f-\\x9f]+`, "gu");
const ENDS = new RegExp(`^[${SPACES}]+|[${SPACES}]+$`, "gu");
// What may not stand in a line of plain text, by the Unicode tables of the software that made this page.
const FOREIGN = new RegExp(`[${BUILT_IN.foreign.map(([first, last]) => `\\u{${first}}-\\u{${last}}`).join("")}]`, "gu");

// strip() of Python.
function stripped(text) {
  return text.replace(ENDS, "");
}

// A peer's words in one line without control, format or bidi characters.
function sanitised(text, length = 300) {
  const line = [...stripped(text.replace(CONTROLS, " ").replace(FOREIGN, ""))];
  return line.length <= length ? line.join("") : `${line.slice(0, length - 1).join("")}…`;
}

function isDigest(value) {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

// Whether a text stands for a value without telling it.
function isCommitment(value) {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}

class Fields {
  constructor(made, path = "") {
    this.path = path;
    if (!isObject(made)) throw new Refusal("form", path || "-");
    this.made = made;
  }

  at(key) {
    return this.path ? `${this.path}.${key}` : sanitised(key, 60);
  }

  refuse(key) {
    return new Refusal("form", this.at(key));
  }

  // Exactly these fields: none is missing, none is foreign.
  exactly(names) {
    for (const name of names) if (!Object.hasOwn(this.made, name)) throw new Refusal("missing", this.at(name));
    for (const name of Object.keys(this.made)) if (!names.includes(name)) throw new Refusal("foreign", this.at(name));
    return this;
  }

  has(key) {
    return Object.hasOwn(this.made, key);
  }

  value(key, otherwise) {
    if (this.has(key)) return this.made[key];
    if (otherwise === undefined) throw new Refusal("missing", this.at(key));
    return otherwise;
  }

  text(key, { otherwise, oneOf, longest = 200 } = {}) {
    const value = this.value(key, otherwise);
    if (typeof value !== "string" || (otherwise === undefined && !stripped(value))) throw this.refuse(key);
    if ([...value].length > longest || sanitised(value, longest) !== stripped(value)) throw this.refuse(key);
    if (oneOf && !oneOf.includes(value)) throw this.refuse(key);
    return stripped(value);
  }

  digest(key) {
    const value = this.text(key, { longest: 64 });
    if (!isDigest(value)) throw this.refuse(key);
    return value;
  }

  whole(key, least, most = MOST_WHOLE) {
    const value = this.value(key);
    if (typeof value !== "bigint" || value < least || value > most) throw this.refuse(key);
    return value;
  }

  // A time, or null where it is absent or null.
  time(key) {
    const value = this.value(key, null);
    if (value === null) return null;
    const made = timeOf(value);
    if (made === null) throw this.refuse(key);
    return made;
  }

  needed(key) {
    const made = this.time(key);
    if (made === null) throw new Refusal("missing", this.at(key));
    return made;
  }

  flag(key) {
    const value = this.value(key);
    if (typeof value !== "boolean") throw this.refuse(key);
    return value;
  }

  object(key) {
    return new Fields(this.value(key, Object.create(null)), this.at(key));
  }

  items(key, least = 0) {
    const values = this.value(key, least ? undefined : []);
    if (!Array.isArray(values) || values.length < least) throw this.refuse(key);
    return values;
  }

  objects(key, least = 0) {
    return this.items(key, least).map((value, place) => new Fields(value, `${this.at(key)}[${place}]`));
  }

  version() {
    if (this.whole("v", 0n) !== 1n) throw new Refusal("version");
  }
}
