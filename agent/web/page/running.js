// The test: one large Start, then what happens while it runs; a reload or a second phone sees the same.

function testScreen(order, job, seen) {
  if (job?.running && job.kind !== "look") return runningCards(order, job);
  const again = job?.kind === "again" ? job : null;
  return [
    job?.ended?.failed ? section("job-failed", job.ended, () => card(null, el("p", { class: "notice bad" }, say("job_failed", job.ended.failed)))) : null,
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
        el("progress", { max: job.steps.length || 1, value: done, "aria-label": say("steps_done", done, job.steps.length) }),
        el("p", { class: "soft" }, [say("steps_done", done, job.steps.length), say("passed_s", Math.floor(job.passed_s))].join(" · ")),
      ),
    ),
    section("plots", [job.rates.length, job.round_trips, job.optical], () => card(null, plotsOf(job, order.limits))),
  ];
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
