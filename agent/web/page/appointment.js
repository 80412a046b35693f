// Arrival, a door that nobody opens, a changed appointment with its rule of two hours, and calling in help.

const RULE_S = 2 * 3600;

function appointmentCards(order) {
  const { facts: noted } = order.visit;
  const mine = noted.filter(({ fact }) => ["arrived", "nobody_in", "change"].includes(fact));
  return [section("appointment", [mine, order.window], () => appointmentCard(mine, order.window))];
}

function appointmentCard(noted, window) {
  const arrived = noted.find(({ fact }) => fact === "arrived");
  const lines = noted.map((fact) => el("li", {}, mark(isLate(fact) ? "open" : "good"), " ", factWords(fact)));
  return card(
    say("window"),
    window[0] ? el("p", {}, windowWords(window)) : null,
    lines.length ? el("ul", { class: "noted" }, lines) : null,
    arrived ? null : button(say("arrived"), () => note("arrived"), "main"),
    folded(say("not_opened"), ...nobodyForm()),
    folded(say("move_appointment"), ...changeForm(window)),
  );
}

function isLate({ fact, told_at: told, was_at: was }) {
  return fact === "change" && (new Date(was) - new Date(told)) / 1000 < RULE_S;
}

function factWords(fact) {
  if (fact.fact === "arrived") return say("arrived_at", clock(fact.at));
  if (fact.fact === "nobody_in") return say("nobody_noted", Math.round(fact.waited_s / 60));
  return say("change_noted", clock(fact.was_at), say(`cause_${fact.cause}`), noticeWords(fact.told_at, fact.was_at));
}

function noticeWords(told, was) {
  const seconds = (new Date(was) - new Date(told)) / 1000;
  const minutes = Math.max(0, Math.floor(seconds / 60));
  const span = say("hours_minutes", Math.floor(minutes / 60), minutes % 60);
  return say(seconds >= RULE_S ? "change_in_time" : "change_late", span);
}

function nobodyForm() {
  const waited = field(say("waited"), { type: "number", min: "0", max: "600", value: "10", inputmode: "numeric" });
  const contact = field(say("contact"), { type: "text", maxlength: "200" });
  const save = () => filled(contact) && note("nobody_in", { waited_s: 60 * Math.round(Number(waited.input.value)), contact: contact.input.value.trim() });
  return [waited.box, contact.box, button(say("save"), save)];
}

function changeForm(window) {
  const was = field(say("was_at"), { type: "datetime-local", value: local(window[0]) });
  const told = field(say("told_at"), { type: "datetime-local", value: local(new Date()) });
  const desk = field(say("desk"), { type: "text", maxlength: "64" });
  const [cause, chosen] = choices(say("change_cause"), ["customer", "operator"].map((name) => [name, say(`cause_${name}`)]));
  const notice = el("p", { class: "soft" });
  const judge = () => {
    notice.textContent = was.input.value && told.input.value ? noticeWords(told.input.value, was.input.value) : "";
  };
  for (const { input } of [was, told]) input.addEventListener("input", judge);
  judge();
  const save = () =>
    filled(was, told, desk) &&
    note("change", { told_at: aware(told.input.value), was_at: aware(was.input.value), cause: chosen(), desk: desk.input.value.trim() });
  return [el("p", { class: "soft" }, say("change_rule")), was.box, told.box, notice, cause, desk.box, button(say("save"), save)];
}

function choices(words, list) {
  const name = `choice-${(fields += 1)}`;
  const boxes = list.map(([value, told], place) => {
    const input = el("input", { type: "radio", name, value, id: `${name}-${value}` });
    input.checked = place === 0;
    return [input, el("label", { class: "choice" }, input, told)];
  });
  const chosen = () => boxes.find(([input]) => input.checked)[0].value;
  return [el("fieldset", {}, el("legend", {}, words), boxes.map(([, box]) => box)), chosen];
}

// The time field's own form, in this phone's time; and back, with its offset from UTC.
function local(at) {
  if (!at) return "";
  const made = new Date(at);
  return new Date(made - made.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function aware(text) {
  return text ? new Date(text).toISOString().replace(/\.\d+Z$/, "+00:00") : "";
}

function helpNeeded(order) {
  return order.phase !== "closed" && STATE.shown.job?.running !== true;
}

function helpData(order) {
  const steps = order.visit.facts.filter(({ fact }) => ["escalated", "resumed"].includes(fact));
  return { last: steps.at(-1) ?? null, sent: order.visit.delivery !== null };
}

function helpCard({ last, sent }) {
  if (last?.fact === "escalated") {
    return card(
      say("help"),
      el("p", {}, mark("open"), " ", say(`escalated_${last.to}`, clock(last.at)), sent ? ` ${say("escalated_sent")}` : ""),
      el("p", { class: "soft" }, last.reason),
      button(say("settled"), () => note("resumed")),
    );
  }
  const reason = field(say("reason"), { rows: "3", maxlength: "300" });
  const call = (to) => () => filled(reason) && act("/api/escalate", { key: where().key, to, reason: reason.input.value.trim() });
  const both = ["support", "desk"].map((to) => button(say(`to_${to}`), call(to)));
  return el("section", { class: "card" }, folded(say("help"), el("p", { class: "soft" }, say("help_how")), reason.box, el("div", { class: "pair" }, both)));
}
