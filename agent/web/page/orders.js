// The orders on the station, what is running, and the ways in which an order comes.

const PHASES = { new: "calm", open: "open", closed: "good", review: "open", rejected: "bad", refused: "bad" };

function ordersScreen({ orders, refused, job }) {
  return [
    job?.running && job.kind !== "watch" ? section("running-now", [job.key, job.kind], () => runningNotice(job)) : null,
    section("orders", orders, ordersCard),
    section("order-in", {}, orderWays),
    refused.length ? section("refused", refused, refusedCard) : null,
  ];
}

function runningNotice(job) {
  return card(null, el("p", {}, say("running_now", job.key)), button(say("show_it"), () => go(job.key, stepOf(job)), "main"));
}

function stepOf(job) {
  return job.kind === "look" ? "plug" : "test";
}

function ordersCard(orders) {
  const list = orders.map((order) =>
    el(
      "li",
      {},
      el(
        "a",
        { class: "order", href: `#order/${encodeURIComponent(order.key)}/before` },
        el("span", { class: "row" }, el("b", {}, order.id), el("span", { class: `tag ${PHASES[order.phase]}` }, say(`phase_${order.phase}`))),
        el("span", {}, `${say(`kind_${order.kind}`)}, ${order.customer}`),
        el("span", { class: "soft" }, [order.address, windowWords(order.window), order.signed ? "" : say("unsigned")].filter(Boolean).join(" · ")),
      ),
    ),
  );
  return card(say("orders"), list.length ? el("ul", { class: "orders" }, list) : el("p", {}, say("no_orders")));
}

function orderWays() {
  const load = async (file) => {
    const made = await sendPicture(file, "/api/order");
    if (made) tell(say("order_taken", made.order), "good");
  };
  const scan = async (file) => {
    const made = await sendPicture(file, "/api/order-code");
    if (made?.key) go(made.key);
    else if (made) tell(say("order_taken", made.order), "good");
  };
  return el(
    "section",
    { class: "ways", "aria-label": say("load_order") },
    picker(say("scan_order"), "image/*", scan),
    picker(say("load_order"), ".json,application/json", load),
  );
}

function refusedCard(refused) {
  return card(say("refused_files"), el("ul", {}, refused.map(({ file, reason }) => el("li", { class: "soft" }, `${file}: ${strictWords(reason.replace(/^\S*\/[^:]+: /, ""))}`))));
}
