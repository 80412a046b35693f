// How elements are made: what is shown goes in as text, never as markup; sections are rebuilt only when they change, so
// that nothing that somebody types is lost to a newer state.

function el(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...inside.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false));
  return made;
}

function drawn(name, attributes = {}, ...inside) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside.filter((each) => each !== null));
  return made;
}

const KEPT = new Map();

// A section that stays the very same element as long as what it shows (and the language) stays the same.
function section(id, data, build) {
  const mark = JSON.stringify([STATE.language, data]);
  const known = KEPT.get(id);
  if (known?.mark === mark) return known.made;
  const made = build(data);
  made.id = id;
  KEPT.set(id, { mark, made });
  return made;
}

// Put these elements into a parent in this order; what is there already is not touched.
function arrange(parent, wanted) {
  const list = wanted.filter((each) => each !== null && each !== undefined);
  list.forEach((each, place) => {
    if (parent.children[place] !== each) parent.insertBefore(each, parent.children[place] ?? null);
  });
  while (parent.children.length > list.length) parent.lastElementChild.remove();
}

function card(title, ...inside) {
  return el("section", { class: "card" }, title ? el("h2", {}, title) : null, ...inside);
}

function button(words, act, kind = "") {
  const made = el("button", { type: "button", class: kind }, words);
  made.addEventListener("click", async () => {
    if (made.disabled) return;
    made.disabled = true;
    try {
      await act(made);
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

let fields = 0;

function field(words, attributes = {}, hint = null) {
  const id = `field-${(fields += 1)}`;
  const input = attributes.rows ? el("textarea", { ...attributes, id }) : el("input", { ...attributes, id });
  const told = hint === null ? null : el("small", { id: `${id}-hint` }, hint);
  if (told) input.setAttribute("aria-describedby", told.id);
  return { box: el("div", { class: "field" }, el("label", { for: id }, words), input, told), input };
}

// Whether nothing was left empty; the first field that was is named.
function filled(...list) {
  const empty = list.find(({ input }) => input.value.trim() === "");
  if (empty === undefined) return true;
  tell(say("fill_in", empty.box.querySelector("label").innerText), "open");
  empty.input.focus();
  return false;
}

// A button that takes a photograph, or a file; `taken` gets it.
function picker(words, accept, taken, kind = "", label = null) {
  const camera = accept.startsWith("image/");
  const input = el("input", { type: "file", accept, capture: camera ? "environment" : null, class: "hidden", "aria-label": label });
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (file) await taken(file);
    input.value = "";
  });
  return el("label", { class: `button ${kind}` }, words, input);
}

function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return el("dl", {}, shown.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

const SIGNS = { good: "✓", bad: "✗", open: "!", wait: "…" };

function mark(kind, words = "") {
  return el("span", { class: `mark ${kind}` }, el("span", { "aria-hidden": "true" }, SIGNS[kind]), words ? ` ${words}` : "");
}

function clock(text) {
  if (!text) return "";
  const at = new Date(text);
  const locale = STATE.language ? "zh-CN" : "en-GB";
  const day = at.toDateString() === new Date().toDateString() ? {} : { month: "short", day: "numeric" };
  return at.toLocaleString(locale, { ...day, hour: "2-digit", minute: "2-digit" });
}

// A span of time with its day said once.
function windowWords([from, to]) {
  if (!from || !to) return clock(from);
  const end = new Date(to);
  const same = new Date(from).toDateString() === end.toDateString();
  const told = same ? end.toLocaleTimeString(STATE.language ? "zh-CN" : "en-GB", { hour: "2-digit", minute: "2-digit" }) : clock(to);
  return `${clock(from)} – ${told}`;
}

function number(value) {
  if (typeof value !== "number") return String(value);
  const digits = Math.abs(value) >= 100 ? 1 : 2;
  return String(Number(value.toFixed(Math.abs(value) < 0.1 ? 4 : digits)));
}
