// Signing in by PIN; how long nobody is let in is told plainly.

function signInScreen() {
  return section("sign-in", {}, () => {
    const pin = field(
      say("pin"),
      { type: "password", inputmode: "numeric", autocomplete: "current-password", maxlength: "12", name: "pin" },
      say("pin_hint"),
    );
    const enter = async () => {
      const made = await send("/api/sign-in", { json: { pin: pin.input.value.trim() } });
      pin.input.value = "";
      if (made === null) return pin.input.focus();
      tell("");
      STATE.word = made.word;
      STATE.version = "";
      await askNow();
    };
    const go = button(say("sign_in"), enter, "main");
    pin.input.addEventListener("keydown", (event) => event.key === "Enter" && go.click());
    return card(say("sign_in"), pin.box, go);
  });
}

async function signOut() {
  await send("/api/sign-out", { json: {} });
  STATE.signedIn = false;
  forgetSupport();
  STATE.shown = null;
  STATE.version = "";
  location.hash = "";
  KEPT.clear();
  show();
}
