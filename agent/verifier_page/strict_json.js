// JSON with one reading only, the same as diagnostics/strict_json.py: duplicate keys, NaN, numbers out of range, lone
// surrogates, too deep or too long texts are refused. Whole numbers become BigInt and all others Number, so that 1 and
// 1.0 stay apart as in Python; objects have no prototype, so that no key means anything to the language.

const OBJECT_BYTES = 64 * 1024;
const DEPTH = 8;
const INTEGER_DIGITS = 19;
const DEEPEST = 500; // containers that are read at all, before their depth is told

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const HEX4 = /[0-9A-Fa-f]{4}/y;
const SPACE = /[ \t\n\r]*/y;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const LITERALS = [["true", true], ["false", false], ["null", null]];

class JsonReader {
  constructor(text, depth) {
    this.text = text;
    this.depth = depth;
    this.at = 0;
  }

  whole() {
    const value = this.value(0);
    this.skip();
    if (this.at !== this.text.length) throw new Refusal("json");
    return value;
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) throw new Refusal("json");
    this.at = pattern.lastIndex;
    return found;
  }

  skip() {
    this.take(SPACE);
  }

  next(letter) {
    this.skip();
    if (this.text[this.at] !== letter) return false;
    this.at += 1;
    return true;
  }

  must(letter) {
    if (!this.next(letter)) throw new Refusal("json");
  }

  value(above) {
    this.skip();
    const letter = this.text[this.at];
    if (letter === '"') return this.string();
    if (letter === "{" || letter === "[") {
      if (above >= this.depth) throw new Refusal("json_depth", this.depth);
      this.at += 1;
      return letter === "{" ? this.object(above + 1) : this.list(above + 1);
    }
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  number() {
    const [text, fraction, exponent] = this.take(NUMBER);
    if (fraction === undefined && exponent === undefined) {
      if (text.length > INTEGER_DIGITS) throw new Refusal("json_number");
      return BigInt(text);
    }
    const value = Number(text);
    if (!Number.isFinite(value)) throw new Refusal("json_number");
    return value;
  }

  string() {
    this.at += 1;
    let made = "";
    for (;;) {
      made += this.take(PLAIN)[0];
      const letter = this.text[this.at];
      this.at += 1;
      if (letter === '"') break;
      if (letter !== "\\") throw new Refusal("json");
      made += this.escaped();
    }
    if (!isUnicode(made)) throw new Refusal("json_utf8");
    return made;
  }

  escaped() {
    const letter = this.text[this.at];
    this.at += 1;
    if (letter === "u") return String.fromCharCode(parseInt(this.take(HEX4)[0], 16));
    if (letter === undefined || !Object.hasOwn(ESCAPES, letter)) throw new Refusal("json");
    return ESCAPES[letter];
  }

  object(depth) {
    const made = Object.create(null);
    if (this.next("}")) return made;
    for (;;) {
      this.skip();
      if (this.text[this.at] !== '"') throw new Refusal("json");
      const key = this.string();
      if (key in made) throw new Refusal("json_twice", key.slice(0, 40));
      this.must(":");
      made[key] = this.value(depth);
      if (this.next("}")) return made;
      this.must(",");
    }
  }

  list(depth) {
    const made = [];
    if (this.next("]")) return made;
    for (;;) {
      made.push(this.value(depth));
      if (this.next("]")) return made;
      this.must(",");
    }
  }
}

// Whether a text holds no half of a surrogate pair.
function isUnicode(text) {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

// The value that UTF-8 bytes state.
function parseJson(bytes, size = OBJECT_BYTES, depth = DEPTH) {
  if (bytes.length > size) throw new Refusal("json_size", size);
  return new JsonReader(textOf(bytes), Math.min(depth, DEEPEST)).whole();
}

// The object that UTF-8 bytes state; anything else is refused.
function parseObject(bytes, size = OBJECT_BYTES, depth = DEPTH) {
  const value = parseJson(bytes, size, depth);
  if (!isObject(value)) throw new Refusal("json_object");
  return value;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Equality as Python has it: by value, whole and other numbers alike, true as 1, keys in any order.
function same(a, b) {
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, at) => same(each, b[at]));
  }
  if (isObject(a) || isObject(b)) {
    if (!isObject(a) || !isObject(b)) return false;
    const names = Object.keys(a);
    return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]));
  }
  const [left, right] = [a, b].map((each) => (typeof each === "boolean" ? BigInt(each) : each));
  const numbers = [left, right].every((each) => typeof each === "bigint" || typeof each === "number");
  return numbers ? left == right : left === right; // eslint-disable-line eqeqeq -- 1n and 1 are one number
}
