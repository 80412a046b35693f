// Measurements and runs in their one form, as diagnostics/measurement.py and diagnostics/trial.py read them. A number
// that is not at its quantity's resolution, or a text that is not plain, is refused: it was never so written.

const FAILURE = ["kind", "stage", "detail"];
const COUNTS = ["reflector", "family", "discard_s", "average_s", "streams", "payload_bytes", "us"];
const RUN_FIELDS = [...COUNTS, "direction", "congestion_control", "started_at", "seconds", "retransmits", "failure", "beside"];
const BESIDE = ["rtt_us", "interface", "cpu", "ont"];

// The measurement that an object states; `number` is its value as a Number where it is one, else null.
function measurementOf(fields) {
  fields.exactly(["quantity", "index", "value", "failure", "taken_at", "source", ...(fields.has("raw") ? ["raw"] : [])]);
  const made = fields.made;
  const quantity = BUILT_IN.quantities[made.quantity];
  if (typeof made.quantity !== "string" || !Object.hasOwn(BUILT_IN.quantities, made.quantity)) throw fields.refuse("quantity");
  if ((made.value === null) === (made.failure === null)) throw fields.refuse("value");
  if (!isWrittenTime(made.taken_at)) throw fields.refuse("taken_at");
  for (const name of ["source", ...(fields.has("raw") ? ["raw"] : [])]) mustBePlain(fields, name);
  if (made.raw === "") throw fields.refuse("raw");
  if (typeof made.index !== "string") throw fields.refuse("index");
  if (made.failure !== null) checkFailure(fields);
  else if (!isValueOf(quantity, made.value)) throw fields.refuse("value");
  if (quantity.personal && (fields.has("raw") || !(made.failure || isCommitment(made.value)))) throw fields.refuse("value");
  const isNumber = typeof made.value === "bigint" || typeof made.value === "number";
  return { ...made, number: isNumber ? Number(made.value) : null };
}

function mustBePlain(fields, name) {
  const value = fields.value(name);
  if (typeof value !== "string" || sanitised(value) !== value) throw fields.refuse(name);
}

function checkFailure(fields) {
  const failure = fields.object("failure").exactly(FAILURE);
  if (!BUILT_IN.failure_kinds.includes(failure.made.kind)) throw failure.refuse("kind");
  if (typeof failure.made.stage !== "string") throw failure.refuse("stage");
  mustBePlain(failure, "detail");
}

function isValueOf(quantity, value) {
  if (quantity.kind === "flag") return typeof value === "boolean";
  if (quantity.kind === "state") return quantity.states.includes(value);
  if (quantity.kind === "text") return typeof value === "string" && sanitised(value) === value;
  if (typeof value !== "bigint" && typeof value !== "number") return false;
  const steps = roundedWhole(Number(value) / quantity.resolution);
  return rounded(Number(steps) * quantity.resolution, quantity.digits) == value; // eslint-disable-line eqeqeq -- 5n is 5.0
}

// A throughput run; what it says decides nothing but by its bytes and microseconds.
function runOf(fields) {
  const made = fields.exactly(RUN_FIELDS).made;
  if (!["down", "up", "both"].includes(made.direction)) throw fields.refuse("direction");
  if (made.family !== 4n && made.family !== 6n) throw fields.refuse("family");
  const word = made.congestion_control;
  if (typeof word !== "string" || sanitised(word, 16) !== word) throw fields.refuse("congestion_control");
  for (const name of COUNTS) fields.whole(name, 0n);
  if (made.retransmits !== null) fields.whole("retransmits", 0n);
  if (!isWrittenTime(made.started_at)) throw fields.refuse("started_at");
  for (const entry of fields.items("seconds")) {
    const whole = Array.isArray(entry) && entry.length === 3 && entry.every(isCount) && entry[2] <= 1n;
    if (!whole) throw fields.refuse("seconds");
  }
  if (made.failure !== null) checkFailure(fields);
  checkBeside(fields.object("beside"));
  const us = Number(made.us);
  return { ...made, mbps: us ? (Number(made.payload_bytes) * 8) / us : 0 };
}

function isCount(value) {
  return typeof value === "bigint" && value >= 0n && value <= MOST_WHOLE;
}

function checkBeside(fields) {
  checkKnown(fields, BESIDE);
  for (const name of Object.keys(fields.made)) {
    const whole = (entry) => Array.isArray(entry) && entry.length >= 2 && isCount(entry[0]);
    if (!fields.items(name).every(whole)) throw fields.refuse(name);
  }
}
