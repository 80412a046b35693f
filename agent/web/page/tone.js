// A short tone for each reading, the higher the more light. Off until somebody turns it on; that is remembered, and a
// browser plays nothing before the first tap. Without a reading there is silence.

const TONE = { context: null, on: localStorage.getItem("tone") === "on" };
const [LOWEST_DBM, HIGHEST_DBM] = [-32, -8];
const [LOWEST_HZ, OCTAVES] = [220, 3];

function pitchOf(dbm) {
  const share = (Math.min(HIGHEST_DBM, Math.max(LOWEST_DBM, dbm)) - LOWEST_DBM) / (HIGHEST_DBM - LOWEST_DBM);
  return LOWEST_HZ * 2 ** (OCTAVES * share);
}

function hearable() {
  return TONE.on && TONE.context?.state === "running";
}

// Does something only where it is called from a tap; it is never waited for, since without one it never comes.
function wakeTone() {
  if (!TONE.on || hearable()) return;
  if (TONE.context === null) {
    TONE.context = new AudioContext();
    TONE.context.onstatechange = paintWatch;
  }
  TONE.context.resume();
}

function turnTone() {
  TONE.on = !TONE.on;
  localStorage.setItem("tone", TONE.on ? "on" : "off");
  wakeTone();
  paintWatch();
}

function sound(dbm) {
  if (!hearable()) return;
  const { context } = TONE;
  const [begin, end] = [context.currentTime, context.currentTime + 0.35];
  const source = new OscillatorNode(context, { frequency: pitchOf(dbm) });
  const loudness = new GainNode(context, { gain: 0 });
  loudness.gain.linearRampToValueAtTime(0.4, begin + 0.02);
  loudness.gain.setValueAtTime(0.4, end - 0.05);
  loudness.gain.linearRampToValueAtTime(0, end); // no click at either end
  source.connect(loudness).connect(context.destination);
  source.start(begin);
  source.stop(end);
}

for (const kind of ["click", "touchend"]) addEventListener(kind, wakeTone);
