// The page itself: shows what the station said last, in the language chosen, and asks again.

function show() {
  document.documentElement.lang = STATE.language ? "zh" : "en";
  const shown = STATE.shown;
  arrange(document.getElementById("head"), [section("bar", [shown?.station, shown?.delivery, STATE.signedIn, STATE.offline], bar), ...supportBanner()]);
  const main = document.getElementById("main");
  const alarm = STATE.offline ? section("offline", {}, () => el("p", { class: "notice bad" }, say("offline"))) : null;
  if (STATE.signedIn === false) return arrange(main, [alarm, signInScreen()]);
  if (shown === null) return arrange(main, [alarm]);
  const place = where();
  const broken = shown.saving ? null : section("broken", {}, () => el("p", { class: "notice bad" }, say("not_saving")));
  const ours = place.key !== null && shown.order?.key === place.key;
  if (place.key !== null && !ours && STATE.version !== "" && shown.order === null) {
    location.hash = "";
    return undefined;
  }
  const screen = ours ? orderScreen(shown, place) : place.key === null ? ordersScreen(shown) : [];
  arrange(main, [alarm, broken, ...supportCards(), ...watchCards(), ...screen, supportList()]);
  paintWatch();
  countOn();
  document.title = ours ? `${shown.order.id} · Prooflight` : "Prooflight";
  return undefined;
}

function bar() {
  const shown = STATE.shown;
  const inside = STATE.signedIn === true && shown !== null;
  const change = el("button", { type: "button", class: "plain", "aria-label": say("language_label"), click: changeLanguage }, say("language"));
  const place = where();
  return el(
    "div",
    { class: "bar" },
    inside && place.key !== null ? el("a", { class: "home", href: "#" }, "‹ ", say("back")) : el("span", { class: "home" }, say("product")),
    el("span", { class: "station" }, shown?.station ?? ""),
    change,
    inside ? button(say("sign_out"), signOut, "plain") : null,
    inside ? el("p", { class: `broker ${shown.delivery.connected ? "" : "off"}` }, brokerWords(shown.delivery)) : null,
  );
}

function brokerWords({ configured, connected, waiting }) {
  if (!configured) return say("broker_none");
  return connected ? say("broker_on") : say("broker_off", waiting);
}

function changeLanguage() {
  STATE.language = 1 - STATE.language;
  localStorage.setItem("language", STATE.language ? "zh" : "en");
  tell("");
  show();
}

addEventListener("hashchange", () => {
  KEPT.delete("bar");
  STATE.version = "";
  askNow();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  listenAnew();
  askNow();
});

show();
askNow();
