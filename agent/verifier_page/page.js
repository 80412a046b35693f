// The page itself: what is opened, and how it is shown. What comes out of a bundle reaches the page as text only; every
// answer belongs to the newest question, and whatever goes wrong in here is shown as "nothing is proven".

const MOST_FILE = 16 << 20;
const STATE = {
  language: startLanguage(),
  ...{ trust: null, trustName: null, bundle: null, compact: null, openings: null }, // what was opened
  ...{ answer: null, compactAnswer: null, notes: [], fault: null }, // what came of it
};
let asked = 0;

function startLanguage() {
  return (navigator.language ?? "en").toLowerCase().startsWith("zh") ? 1 : 0;
}

function words(code, ...details) {
  return say(STATE.language, code, ...details);
}

function el(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== null) made.setAttribute(key, value);
  }
  made.append(...inside.flat(Infinity).filter((each) => each !== null));
  return made;
}

// What a text that somebody opened is: taken as what it says to be, and looked at strictly afterwards.
async function take(name, bytes) {
  try {
    const text = textOf(bytes);
    if (stripped(text).startsWith(PREFIX)) STATE.compact = text;
    else await takeObject(name, bytes, parseJson(bytes, MOST_FILE, DEEPEST));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    note("bad", "not_read", name, error);
  }
}

async function takeObject(name, bytes, read) {
  const has = (field) => isObject(read) && Object.hasOwn(read, field);
  if (has("keys")) return takeTrust(name, bytes);
  if (!has("format")) return note("bad", "unknown_file", name);
  const kind = read.format === OPENINGS_FORMAT ? "openings" : "bundle";
  STATE[kind] = null; // not the one before, where this one cannot be read
  STATE[kind] = kind === "openings" ? parseOpenings(bytes) : parseBundle(bytes);
}

async function takeTrust(name, bytes) {
  if (BUILT_IN.trust !== null) return note("bad", "keys_fixed", name);
  STATE.trust = await parseTrust(bytes);
  STATE.trustName = name;
}

function note(kind, code, name, error = null) {
  STATE.notes.push({ kind, code, name, error });
}

// Take in what was opened, then verify by all that is known now; only the newest answer is shown.
async function open(sources) {
  asked += 1;
  const mine = asked;
  Object.assign(STATE, { answer: null, compactAnswer: null, notes: [], fault: null });
  document.getElementById("page").setAttribute("aria-busy", "true");
  try {
    for (const [name, read] of sources) await take(name, await read());
    const answers = STATE.trust !== null && hasCrypto() ? await answersTo(STATE) : {};
    if (mine === asked) Object.assign(STATE, answers);
  } catch (error) {
    if (mine === asked) Object.assign(STATE, { answer: null, compactAnswer: null, fault: String(error) });
  }
  if (mine === asked) show();
}

async function answersTo({ trust, bundle, compact, openings }) {
  const by = { trust, openings, criteria: BUILT_IN.criteria, now: BigInt(Date.now()) * 1000n };
  const answer = bundle && (await verifyBundle(bundle, by));
  try {
    return { answer, compactAnswer: compact && (await verifyCompact(compact, by, answer)) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    note("bad", "not_read", words("check_compact"), error);
    return { answer };
  }
}

function hasCrypto() {
  return globalThis.crypto?.subtle !== undefined;
}

function sourcesOf(files) {
  return [...files].map((file) => [file.name, () => readFile(file)]);
}

async function readFile(file) {
  return new Uint8Array(await file.slice(0, MOST_FILE + 1).arrayBuffer());
}

function show() {
  document.documentElement.lang = STATE.language ? "zh-CN" : "en";
  document.title = words("title");
  const compact = STATE.compactAnswer ? [compactPart(STATE.compactAnswer)] : [];
  const parts = [header(), input(), ...compact, ...(STATE.answer ? answerParts(STATE.answer) : []), footer()];
  const page = document.getElementById("page");
  page.replaceChildren(...parts);
  page.setAttribute("aria-busy", "false");
  page.dataset.answered = String(asked);
}

function header() {
  const turn = () => {
    STATE.language = 1 - STATE.language;
    show();
  };
  const told = el("div", {}, el("h1", {}, words("title")), el("p", {}, words("lead")));
  return el("header", {}, told, el("button", { type: "button", id: "language", click: turn }, words("language")));
}

function input() {
  const field = el("textarea", { id: "paste", "aria-label": words("paste_field"), spellcheck: "false" });
  const pasted = () => open([[words("pasted"), async () => utf8(field.value.trim())]]);
  const paste = el("details", {}, el("summary", {}, words("paste")), field, el("button", { type: "button", click: pasted }, words("check")));
  return el("section", { class: "input" }, chooser(), paste, el("ul", { class: "notes", role: "status" }, noteLines()));
}

function chooser() {
  const choose = el("input", { type: "file", id: "files", multiple: "", change: () => open(sourcesOf(choose.files)) });
  const label = el("label", { class: "choose" }, choose, words("drop"), el("small", {}, words("drop_more")));
  label.addEventListener("dragover", () => label.classList.add("over"));
  label.addEventListener("dragleave", () => label.classList.remove("over"));
  return label;
}

function noteLines() {
  const line = (kind, text) => el("li", { class: kind }, text);
  const keys = STATE.trust?.size ?? 0;
  let believed = line("bad", words("keys_missing"));
  if (BUILT_IN.trust !== null) believed = line("", words("keys_built_in", keys));
  else if (STATE.trust !== null) believed = line("", words("keys_given", keys, STATE.trustName));
  return [
    believed,
    hasCrypto() ? null : line("bad", words("no_crypto")),
    STATE.fault === null ? null : line("bad", words("own_fault", STATE.fault)),
    ...STATE.notes.map(({ kind, code, name, error }) => line(kind, noteText(code, name, error))),
    STATE.bundle === null && STATE.compact === null && STATE.trust !== null ? line("", words("bundle_missing")) : null,
  ].filter((each) => each !== null);
}

function noteText(code, name, error) {
  const why = error ? reasonOf([...error.where, [error.code, ...error.details]]) : "";
  return [words(code, name), why].filter(Boolean).join(STATE.language ? "：" : ": ");
}

// The words of a check or a refusal: where, and what.
function reasonOf(parts) {
  return parts.map(([code, ...details]) => words(code, ...details)).join(STATE.language ? "：" : ": ");
}

function footer() {
  return el("footer", {}, words("foot", BUILT_IN.version));
}

async function start() {
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  addEventListener("drop", (event) => open(sourcesOf(event.dataTransfer?.files ?? [])));
  if (BUILT_IN.trust !== null && hasCrypto()) STATE.trust = await parseTrust(utf8(BUILT_IN.trust));
  show();
}

start().catch((error) => {
  STATE.fault = String(error);
  show();
});
