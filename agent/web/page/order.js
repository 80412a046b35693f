// One order: its steps, what was ordered, and what the station sees where it is plugged in.

const STEPS = ["before", "plug", "test", "evidence", "finish"];

function orderScreen(shown, place) {
  const { order, job, seen } = shown;
  const mine = job?.key === place.key ? job : null;
  const screens = {
    before: () => beforeScreen(order),
    plug: () => plugScreen(order, mine, seen),
    test: () => testScreen(order, mine, seen),
    evidence: () => evidenceScreen(order),
    finish: () => finishScreen(order, shown),
  };
  return [
    section("title", [order.id, order.customer, order.phase], () => titleOf(order)),
    section("steps", [place, doneSteps(order)], () => stepBar(place, doneSteps(order))),
    ...(screens[place.step] ?? screens.before)(),
    helpNeeded(order) ? section("help", helpData(order), helpCard) : null,
  ];
}

function titleOf({ id, customer, phase }) {
  const tag = el("span", { class: `tag ${PHASES[phase]}` }, say(`phase_${phase}`));
  return el("div", { class: "title" }, el("h1", {}, id), tag, el("p", { class: "soft" }, customer));
}

function doneSteps({ visit, last, phase }) {
  const arrived = visit.facts.some(({ fact }) => fact === "arrived");
  const open = visit.findings.some(({ status, required }) => required && ["fail", "unknown"].includes(status));
  const tested = last?.result?.outcome === "accepted";
  return { before: arrived, plug: tested, test: tested, evidence: visit.findings.length > 0 && !open, finish: phase === "closed" };
}

function stepBar(place, done) {
  const links = STEPS.map((step) =>
    el(
      "li",
      {},
      el(
        "a",
        { href: `#order/${encodeURIComponent(place.key)}/${step}`, "aria-current": step === place.step ? "step" : null, class: done[step] ? "done" : "" },
        say(`step_${step}`),
        done[step] ? el("span", { class: "tick", "aria-label": say("ok"), role: "img" }, "✓") : null,
      ),
    ),
  );
  return el("nav", { class: "steps", "aria-label": say("steps") }, el("ol", {}, links));
}

function nextStep(step) {
  const { key } = where();
  return section(`next-${step}`, key, () =>
    el("p", { class: "next" }, button(say("next_step", say(`step_${step}`)), () => go(key, step), "main")),
  );
}

function beforeScreen(order) {
  return [
    section("ordered", [order.lacking, order.window, order.id], () => orderedCard(order)),
    ...appointmentCards(order),
    nextStep("plug"),
  ];
}

function orderedCard(order) {
  const lacks = order.lacking.map((name) => say(name === "exchange" ? "exchange_field" : name));
  const [olt, port, onu] = order.port;
  const call = order.telephone ? el("a", { href: `tel:${order.telephone.replace(/[^+\d]/g, "")}` }, order.telephone) : "";
  return card(
    say(`kind_${order.kind}`),
    order.objection ? el("p", { class: "notice bad" }, say(`not_now_${order.objection}`)) : null,
    lacks.length
      ? el("p", { class: "notice open" }, mark("open"), say("order_lacks"), " ", lacks.join(", "))
      : el("p", { class: "good-line" }, mark("good"), " ", say("order_whole")),
    facts([
      [say("customer"), order.customer],
      [say("address"), order.address],
      [say("telephone"), call],
      [say("window"), windowWords(order.window)],
      [say("services"), order.services.map((name) => say(`service_${name}`)).join(", ")],
      [say("rates"), order.rates[0] ? say("rates_word", ...order.rates.map(number)) : ""],
      [say("mode"), say(`mode_${order.mode}`)],
      [say("account"), order.account],
      [say("ont"), order.ont.filter(Boolean).join(" ")],
      [say("port"), [olt, port, onu === null ? "" : `ONU ${onu}`].filter(Boolean).join(", ")],
      [say("cable_label"), order.cable_label],
    ]),
  );
}

function plugScreen(order, job, seen) {
  const looked = job?.kind === "look" ? job : null;
  const data = [looked?.running ?? false, looked?.ended ?? null, looked ? seen : null];
  const one = (name) => seen?.measurements.find((each) => each.quantity === name && !each.index) ?? seen?.measurements.find((each) => each.quantity === name);
  return [
    section("plug", data, () =>
      card(
        say("plug_in"),
        el("p", {}, say("plug_how")),
        looked?.running ? el("p", { class: "busy" }, say("looking")) : button(say("look"), () => begin("look"), seen ? "" : "main"),
        looked?.ended?.failed ? el("p", { class: "notice bad" }, failedWords(looked.ended)) : null,
        looked && seen && !looked.running ? el("ul", { class: "findings" }, plugRows(order, one, seen.findings)) : null,
      ),
    ),
    looked && seen ? nextStep("test") : null,
    watches() ? null : section("watch-start", job?.kind === "watch" ? job.ended : null, watchStart),
  ];
}

function watchStart(ended) {
  return card(
    null,
    button(say("watch_light"), () => begin("watch")),
    el("p", { class: "soft" }, say("watch_how")),
    ended?.failed && !WATCH.failures[LIGHT] ? el("p", { class: "notice bad" }, failedWords(ended)) : null, // else the card tells
  );
}

function begin(kind, more = {}) {
  return act("/api/start", { key: where().key, kind, ...more });
}

// In words of our own where we have them.
function failedWords({ code, failed }) {
  return WORDS[code] ? say(code) : say("job_failed", strictWords(failed));
}

function plugRows(order, one, found) {
  const status = (name) => KINDS[found.find((each) => each.quantity === name)?.status] ?? "good";
  const row = (code, kind, words) => el("li", { class: "seen" }, mark(kind), el("b", {}, say(code)), el("span", {}, words));
  const told = (each) => each && each.failure === null;
  const words = (each) => (each ? measuredOnly(each) : say("unknown"));
  const [link, speed, model, light, state] = SEEN.map(one);
  const up = told(link) && link.value === "up";
  const slow = told(speed) && speed.value < Math.max(...order.rates);
  const serial = found.find((each) => each.quantity === "ont_pon_serial");
  const right = serial?.status === "pass";
  return [
    row("see_link", up ? "good" : "bad", say(up ? "link_up" : "link_down")),
    told(speed) ? row("see_speed", slow ? "open" : "good", say(slow ? "speed_low" : "speed_word", speed.value)) : null,
    row("see_ont", told(model) ? "good" : "open", told(model) ? model.value : say("ont_silent", words(model))),
    serial && serial.status !== "unknown" ? row("see_serial", right ? "good" : "bad", say(right ? "serial_right" : "serial_wrong")) : null,
    light?.failure === "no_signal"
      ? row("see_light", "bad", say("light_none"))
      : row("see_light", told(light) ? status("ont_rx_power_dbm") : "open", words(light)),
    told(state) ? row("see_state", status("ont_onu_state"), words(state)) : null,
  ];
}

const SEEN = ["station_link_state", "port_speed_mbps", "ont_model", "ont_rx_power_dbm", "ont_onu_state"];

function measuredOnly({ words, detail }) {
  return detail ? `${words[STATE.language]} (${detail})` : words[STATE.language];
}
