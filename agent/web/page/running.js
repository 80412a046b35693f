// The test: one large Start, then what happens while it runs; a reload or a second phone sees the same.

function testScreen(order, job, seen) {
  if (job?.running && !["look", "watch"].includes(job.kind)) return runningCards(order, job);
  const again = job?.kind === "again" ? job : null;
  return [
    job?.ended?.failed ? section("job-failed", job.ended, () => card(null, el("p", { class: "notice bad" }, failedWords(job.ended)))) : null,
    again && seen ? section("looked-again", seen.findings, againCard) : null,
    ...(order.last ? resultCards(order) : []),
    section("start", [order.last?.attempt, order.attempts, order.dials, order.objection, order.last?.result?.outcome], () => startCard(order)),
    job?.kind === "test" && job.rates.length ? section("plots", job, () => card(null, plotsOf(job, order.limits))) : null,
  ];
}

function startCard(order) {
  const done = order.last !== null;
  const password = order.dials ? field(say("password", order.account), { type: "password", autocomplete: "off", maxlength: "128" }, say("password_hint")) : null;
  const left = order.attempts_allowed === null ? null : say("attempts_left", order.attempts_allowed - order.attempts, order.attempts_allowed);
  const run = () => begin("test", password?.input.value ? { password: password.input.value } : {});
  const good = order.last?.result?.outcome === "accepted";
  return el(
    "section",
    { class: "card start" },
    order.objection ? el("p", { class: "notice bad" }, say(`not_now_${order.objection}`)) : null,
    password?.box ?? null,
    button(say(done ? "start_again" : "start"), run, done ? (good ? "" : "main") : "main large"),
    el("p", { class: "soft" }, [done ? null : say("start_how"), left].filter(Boolean).join(" ")),
  );
}

function runningCards(order, job) {
  const done = job.steps.filter(([, state]) => state === "done").length;
  const latest = job.rates.at(-1);
  const stage = stageOf(job);
  return [
    section("progress", [stage, latest ?? null, done, job.steps.length, Math.floor(job.passed_s)], () =>
      el(
        "section",
        { class: "card progress" },
        el("h2", {}, say("testing")),
        el("p", { class: "busy" }, say(stage)),
        latest && ["stage_down", "stage_up"].includes(stage)
          ? el("p", { class: "rate" }, say("now_mbps", number(latest[4])), el("small", {}, `${say(`way_${latest[1]}`)}, ${say("second_of", latest[2], latest[3])}`))
          : null,
        el("progress", { max: "1", value: shareOf(job, stage, done), "aria-label": say("steps_done", done, job.steps.length) }),
        el("p", { class: "soft" }, [say("steps_done", done, job.steps.length), say("passed_s", Math.floor(job.passed_s))].join(" · ")),
      ),
    ),
    section("stop", [job.key, job.stopping], () => stopCard(job)),
    section("plots", [job.rates.length, job.round_trips, job.optical], () => card(null, plotsOf(job, order.limits))),
  ];
}

// Asks once before it stops; the question stays while the figures above it change.
function stopCard({ kind, stopping }) {
  if (stopping) return card(null, el("p", { class: "busy", role: "status" }, say("stopping")));
  const box = el("section", { class: "card" });
  const ask = () => {
    const really = button(say("stop_really"), () => act("/api/stop", { key: where().key }), "danger");
    const question = el("p", {}, say("stop_asked"), kind === "test" ? ` ${say("stop_counts")}` : "");
    const stay = button(say("stop_not"), offered);
    box.replaceChildren(question, el("div", { class: "pair" }, really, stay));
    stay.focus(); // what a stray key presses harms nothing
  };
  const offered = () => box.replaceChildren(button(say("stop"), ask, "danger"));
  offered();
  return box;
}

// How much of its time has passed: the two runs take most of it, however many checks there are.
function shareOf({ kind, steps, rates }, stage, done) {
  const checks = steps.length ? done / steps.length : 0;
  if (kind !== "test") return checks;
  const latest = rates.at(-1);
  const run = (way) => (latest?.[1] === way ? Math.min(1, latest[2] / latest[3]) : 0);
  const begun = { stage_checks: 0.2 * checks, stage_down: 0.25 + 0.3 * run("down"), stage_up: 0.6 + 0.3 * run("up"), stage_end: 0.95 };
  return begun[stage];
}

function stageOf({ steps }) {
  const states = Object.fromEntries(steps);
  if (states.throughput_down === "started") return "stage_down";
  if (states.throughput_up === "started") return "stage_up";
  return states.throughput_up === "done" ? "stage_end" : "stage_checks";
}

function againCard(found) {
  const bad = found.some(({ status, required }) => required && ["fail", "unknown"].includes(status));
  const words = bad ? say("looked_bad") : say("looked_good");
  return card(say("looked_again"), el("p", { class: `notice ${bad ? "open" : "good"}` }, words), findingList(found.filter(({ required }) => required)));
}
