// Talking to the station: every answer that is no answer is told in plain words, and the page goes on asking.

const STATE = {
  language: startLanguage(),
  ...{ word: "", told: null, offline: false, signedIn: null, locked: "", version: "" },
  ...{ shown: null }, // what the station said last
};

function startLanguage() {
  const chosen = localStorage.getItem("language");
  const wanted = chosen ?? navigator.language ?? "en";
  return wanted.toLowerCase().startsWith("zh") ? 1 : 0;
}

function tell(words, kind = "calm") {
  const box = document.getElementById("told");
  arrange(box, words ? [el("p", { class: `notice ${kind}` }, words, dismiss())] : []);
}

function dismiss() {
  return el("button", { type: "button", class: "dismiss", "aria-label": say("ok"), click: () => tell("") }, "×");
}

// What the station answers; null where it refused or was not reached, which has then been told.
async function send(path, { body = undefined, json = undefined } = {}) {
  const headers = { "x-prooflight": STATE.word };
  if (json !== undefined) headers["content-type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method: "POST", headers, body: json === undefined ? body : JSON.stringify(json) });
  } catch {
    tell(say("offline"), "bad");
    return null;
  }
  return read(answer);
}

async function read(answer) {
  let made = {};
  try {
    made = await answer.json();
  } catch {
    made = { refused: answer.status === 413 ? "too_large" : "fault" };
  }
  if (answer.ok) return made;
  if (made.refused === "signed_out") signedOut();
  const code = WORDS[made.refused] === undefined ? "fault" : made.refused;
  tell(say(code, strictWords(made.detail ?? "")), "bad");
  return null;
}

function signedOut() {
  STATE.signedIn = false;
  forgetSupport();
  STATE.version = "";
  show();
}

// Ask how things are; again and again, sooner while something runs.
async function ask() {
  const place = where();
  try {
    const query = new URLSearchParams({ since: STATE.version, order: place.key ?? "" });
    const answer = await fetch(`/api/state?${query}`);
    STATE.offline = false;
    if (answer.status === 401) {
      if (STATE.signedIn) tell(say("signed_out"), "bad");
      STATE.signedIn = false;
      forgetSupport();
    } else if (answer.status === 200) {
      const made = await answer.json();
      if (where().key !== place.key) return; // somebody went elsewhere meanwhile: it is asked anew for that place
      STATE.shown = made;
      STATE.word = STATE.shown.word;
      STATE.version = STATE.shown.version;
      STATE.signedIn = true;
      listen();
    } else if (answer.status !== 204) {
      await read(answer);
    }
  } catch {
    STATE.offline = true;
  }
  show();
}

let asking = null;

async function askNow() {
  clearTimeout(asking);
  await ask();
  const soon = STATE.shown?.job?.running || STATE.offline;
  asking = setTimeout(askNow, STATE.signedIn === false ? 5000 : soon ? 700 : 1500);
}

// Have something done, then show what it changed.
async function act(path, json, words = null) {
  const made = await send(path, { json });
  if (made !== null) {
    tell(words ?? "");
    await askNow();
  }
  return made;
}

function note(kind, content = {}, words = null) {
  return act("/api/note", { key: where().key, kind, content }, words);
}

const MOST_PICTURE = 16 << 20;

async function sendPicture(file, path) {
  if (file.size > MOST_PICTURE) {
    tell(say("too_large"), "bad");
    return null;
  }
  tell(say("sending"));
  const made = await send(path, { body: file });
  if (made !== null) {
    tell("");
    await askNow();
  }
  return made;
}

// Where in the page we are: #order/KEY/STEP, so that a reload comes back here.
function where() {
  const [kind, key, step] = location.hash.slice(1).split("/").map(decodeURIComponent);
  return kind === "order" && key ? { key, step: step ?? "before" } : { key: null, step: null };
}

function go(key, step = "before") {
  tell("");
  location.hash = key === null ? "" : `order/${encodeURIComponent(key)}/${step}`;
  window.scrollTo(0, 0);
}
