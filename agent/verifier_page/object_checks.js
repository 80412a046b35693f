// The checks of each sealed object by itself, as agent/object_checks.py: what it is, its algorithm, signature, key, and
// whether that was revoked. None of them believes another.

const OK = { status: "OK" };
const SIGNER = { [RECORD]: "station", [RECEIPT]: "reflector", [REVIEW]: "reviewer" };

function failed(code, ...details) {
  return { status: "FAILED", words: [[code, ...details]] };
}

function notChecked(code, ...details) {
  return { status: "NOT CHECKED", words: [[code, ...details]] };
}

function refused(refusal) {
  return { status: "FAILED", words: [...refusal.where, [refusal.code, ...refusal.details]] };
}

// What a look at an object says that refuses by throwing.
function unlessRefused(look) {
  try {
    look();
    return OK;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refused(error);
  }
}

const OBJECT_CHECKS = {
  types: ({ trouble }) => (trouble === null || isOfHeader(trouble) ? OK : refused(trouble)),

  algorithms: ({ trouble, envelope }) => {
    if (trouble !== null && isOfHeader(trouble)) return refused(trouble);
    return envelope ? OK : notChecked("unread");
  },

  signatures: ({ envelope, key, fits }) => {
    if (!envelope || !key) return notChecked(envelope ? "no_key" : "unread");
    if (fits === null) return notChecked("no_algorithm", ALGORITHM);
    return fits === true ? OK : failed("signature");
  },

  keys: ({ envelope, key, typ, made }, at) => {
    if (!envelope) return notChecked("unread");
    if (!key) return failed("unknown_key", envelope.kid.slice(0, 50));
    const seen = unlessRefused(() => {
      checkRole(key, typ);
      checkDates(key, at);
    });
    const stated = made?.[SIGNER[typ]] ?? key.name;
    return seen.status === "OK" && stated !== key.name ? failed("other_signer", stated, key.name) : seen;
  },

  revocation: ({ envelope, key, content }, at) => {
    if (!envelope || !key) return notChecked(envelope ? "no_key" : "unread");
    return unlessRefused(() => checkRevocation(key, content, at));
  },
};

// What each check says of one object; it is believed where all say OK.
function looked(piece, at) {
  return Object.fromEntries(Object.entries(OBJECT_CHECKS).map(([name, look]) => [name, look(piece, at)]));
}

function isBelieved(piece, answers) {
  return piece.made !== null && Object.values(answers).every(({ status }) => status === "OK");
}

// Role and name of every key that signed one of these.
function signersOf(pieces) {
  const keys = new Map(pieces.filter(({ key }) => key).map(({ key }) => [`${key.role} ${key.name}`, key]));
  return [...keys.keys()].sort().map((each) => ({ role: keys.get(each).role, name: keys.get(each).name }));
}

// Each check over all objects: FAILED, or else NOT CHECKED, by the first object that is.
function overAll(found) {
  const signers = signersOf(found.map(([piece]) => piece));
  const fine = { types: [found.length], algorithms: [], signatures: [found.length], keys: [signers.map(({ name }) => name).join(", ")], revocation: [] };
  return Object.keys(OBJECT_CHECKS).map((name) => {
    for (const status of ["FAILED", "NOT CHECKED"]) {
      const worst = found.find(([, answers]) => answers[name].status === status);
      if (worst) return { name, needed: true, status, words: [worst[0].where, ...worst[1][name].words] };
    }
    return { name, needed: true, status: "OK", words: [[`fine_${name}`, ...fine[name]]] };
  });
}
