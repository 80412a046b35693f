// Evidence: codes read from photographs, further photographs, what the customer was told, rating and signature.

function evidenceScreen(order) {
  const { facts: noted, findings } = order.visit;
  const last = (kind) => noted.filter(({ fact }) => fact === kind).at(-1) ?? null;
  const of = (quantity) => findings.filter((each) => each.quantity === quantity);
  const scans = [
    ["barcode", last("barcode"), [...of("device_barcode"), ...of("device_barcode_as_read")]],
    ["label", last("label"), of("cable_label")],
  ];
  const tested = order.last?.result !== null && order.last !== null;
  return [
    ...scans.map(([kind, fact, found]) => section(`scan-${kind}`, [fact, found], () => scanCard(kind, fact, found))),
    section("photographs", noted.filter(({ fact }) => fact === "photograph"), photographCard),
    section("told-customer", [noted.filter(({ fact }) => fact === "told"), tested], ([told]) => toldCard(told, tested)),
    order.account ? section("account-label", last("account_label"), accountCard) : null,
    section("rating", last("rated"), ratingCard),
    section("signature", noted.some(({ of: what }) => what === "signature"), signatureCard),
    nextStep("finish"),
  ];
}

function stateOf(found) {
  const worst = ["fail", "unknown", "marginal", "pass"].find((status) => found.some((each) => each.status === status));
  return worst ? KINDS[worst] : null;
}

function scanCard(kind, fact, found) {
  const chosen = el("div", { class: "chosen" });
  const keep = async (text) => {
    if (await note(kind, { text })) chosen.replaceChildren();
  };
  const typed = field(say("text_of"), { type: "text", maxlength: "128", autocapitalize: "characters", autocomplete: "off", spellcheck: "false" });
  const photographed = async (file) => {
    const { key } = where();
    const of = kind === "barcode" ? "device" : "label";
    const made = await sendPicture(file, `/api/photograph?${new URLSearchParams({ key, of, purpose: kind })}`);
    if (made) offer(chosen, made.codes, keep);
  };
  const wrong = found.filter(({ status }) => status === "fail");
  const kindOf = stateOf(found) ?? (fact ? "good" : "wait");
  return card(
    say(kind),
    fact ? el("p", {}, mark(kindOf), " ", say("noted_as", fact.text)) : null,
    wrong.map((each) => el("p", { class: "notice bad" }, each.wrong[STATE.language])),
    picker(say("photograph_it"), "image/*", photographed, fact ? "" : "main"),
    chosen,
    folded(say("type_it"), typed.box, button(say("save"), () => filled(typed) && keep(typed.input.value.trim()))),
  );
}

// What was read is only noted when somebody says that it is the right one.
function offer(box, codes, keep) {
  const words = codes.length === 1 ? say("code_found", codes[0].text) : say("codes_found", codes.length);
  const choose = codes.map(({ text }) => button(codes.length === 1 ? say("confirm") : say("use_it", text), () => keep(text), "main wrap"));
  box.replaceChildren(el("p", {}, words), ...choose);
  box.scrollIntoView({ block: "nearest" });
}

const PHOTOGRAPHED = ["device", "label", "socket", "other"];

function photographCard(taken) {
  const count = (kind) => new Set(taken.filter((each) => each.of === kind).map(({ sha256 }) => sha256)).size;
  const take = (of) => (file) => sendPicture(file, `/api/photograph?${new URLSearchParams({ key: where().key, of })}`);
  const rows = PHOTOGRAPHED.map((kind) =>
    el(
      "li",
      {},
      el("span", {}, count(kind) ? mark("good") : mark("wait"), ` ${say(`photo_${kind}`)} `, el("span", { class: "soft" }, count(kind) ? say("photos_taken", count(kind)) : "")),
      picker(say("add_photo"), "image/*", take(kind), "small", say("photo_of", say(`photo_${kind}`))),
    ),
  );
  return card(say("photographs"), el("ul", { class: "rows" }, rows));
}

function toldCard(told, tested) {
  const rows = ["result", "account", "mode"].map((what) => {
    const fact = told.filter((each) => each.what === what).at(-1);
    const done = fact && (what !== "result" || fact.after_result);
    const say_it = what === "result" && !tested ? el("span", { class: "soft" }, say("told_first")) : button(say("confirm"), () => note("told", { what }), "small");
    return el("li", {}, el("span", {}, mark(done ? "good" : "wait"), ` ${say(`told_${what}`)}`), done ? el("span", { class: "soft" }, clock(fact.at)) : say_it);
  });
  return card(say("told_customer"), el("ul", { class: "rows" }, rows));
}

function accountCard(fact) {
  const right = fact ? el("span", { class: "soft" }, clock(fact.at)) : button(say("confirm"), () => note("account_label"), "small");
  return card(null, el("ul", { class: "rows" }, el("li", {}, el("span", {}, mark(fact ? "good" : "wait"), ` ${say("account_label")}`), right)));
}

function ratingCard(fact) {
  const stars = [1, 2, 3, 4, 5].map((count) => {
    const made = button("★", () => note("rated", { stars: count }), `star ${fact && fact.stars >= count ? "on" : ""}`);
    made.setAttribute("aria-label", say("stars", count));
    made.setAttribute("aria-pressed", String(fact?.stars === count));
    return made;
  });
  return card(say("rating"), el("div", { class: "stars", role: "group", "aria-label": say("rating") }, stars), fact ? el("p", { class: "soft" }, say("stars", fact.stars)) : null);
}

function signatureCard(kept) {
  if (kept) return card(say("signature"), el("p", {}, mark("good"), " ", say("signature_kept")));
  const canvas = el("canvas", { class: "signature", width: "680", height: "260", "aria-label": say("signature_how"), role: "img" });
  const pen = new Pen(canvas);
  const save = async () => {
    if (pen.empty) return tell(say("signature_empty"), "open");
    const picture = await new Promise((done) => canvas.toBlob(done, "image/png"));
    await sendPicture(picture, `/api/photograph?${new URLSearchParams({ key: where().key, of: "signature" })}`);
  };
  return card(
    say("signature"),
    el("p", { class: "soft" }, say("signature_how")),
    canvas,
    el("div", { class: "pair" }, button(say("signature_clear"), () => pen.clear()), button(say("signature_save"), save)),
  );
}

class Pen {
  constructor(canvas) {
    this.canvas = canvas;
    this.ink = canvas.getContext("2d");
    this.clear();
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (this.drawing = false));
  }

  clear() {
    this.ink.fillStyle = "#ffffff";
    this.ink.fillRect(0, 0, this.canvas.width, this.canvas.height);
    Object.assign(this.ink, { strokeStyle: "#101820", lineWidth: 5, lineCap: "round", lineJoin: "round" });
    this.empty = true;
    this.drawing = false;
  }

  place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [((clientX - box.left) * this.canvas.width) / box.width, ((clientY - box.top) * this.canvas.height) / box.height];
  }

  down(event) {
    event.preventDefault();
    if (event.isTrusted) this.canvas.setPointerCapture(event.pointerId);
    this.drawing = true;
    this.ink.beginPath();
    this.ink.moveTo(...this.place(event));
  }

  move(event) {
    if (!this.drawing) return;
    this.ink.lineTo(...this.place(event));
    this.ink.stroke();
    this.empty = false;
  }
}
