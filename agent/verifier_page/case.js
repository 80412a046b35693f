// The case: a bundle taken apart, every sealed object with what is known of it, as agent/case.py. Nothing in it is
// believed before the object checks have looked at it; what they doubt stays out of the rest.

const FORMS = { [RECORD]: recordOf, [RECEIPT]: receiptOf, [ORDER]: signedOrderOf, [ACCEPTANCE]: acceptanceOf, [VERDICT]: compactOf, [REVIEW]: reviewOf };

// Every sealed object of a bundle, read as far as it can be.
function piecesOf(bundle, trust, weighed) {
  const pieces = [];
  const add = (where, typ, token) => token !== null && pieces.push(readPiece({ where, typ, token }, trust, weighed));
  add(["at_order"], ORDER, bundle.signedOrder);
  bundle.attempts.forEach((attempt, place) => {
    add(["at_open", place + 1], RECORD, attempt.open);
    add(["at_close", place + 1], RECORD, attempt.close);
    attempt.visits.forEach((token, each) => add(["at_visit", place + 1, each + 1], RECORD, token));
    attempt.receipts.forEach((token, each) => add(["at_receipt", place + 1, each + 1], RECEIPT, token));
  });
  add(["at_acceptance"], ACCEPTANCE, bundle.acceptance);
  const answer = pieces.at(-1);
  if (answer.typ === ACCEPTANCE) {
    add(["at_compact"], VERDICT, answer.made?.verdict ?? null);
    add(["at_review"], REVIEW, answer.made?.review ?? null);
  }
  return pieces;
}

function readPiece(found, trust, weighed) {
  const piece = { ...found, envelope: null, key: null, content: {}, made: null, trouble: null };
  piece.digest = weighed.digest(piece.token);
  try {
    const envelope = readToken(piece.token, piece.typ);
    const key = trust.get(envelope.kid) ?? null;
    if (key && envelope.algorithm !== key.algorithm) throw new Refusal("alg", key.algorithm);
    Object.assign(piece, { envelope, key, fits: key && weighed.signed(piece.token, key.x) });
    const content = named("in_payload", [], () => parseObject(envelope.payload));
    piece.content = content;
    piece.made = FORMS[piece.typ](content);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    piece.trouble = error;
  }
  return piece;
}

// The case that the believed objects make; no attempts unless every record is believed.
function caseOf(bundle, pieces, believed, at) {
  const find = (...where) => believed.find((piece) => same(piece.where, where)) ?? null;
  const [order, acceptance] = [find("at_order"), find("at_acceptance")];
  const records = (list) => list.filter((piece) => piece.typ === RECORD);
  const whole = records(believed).length === records(pieces).length;
  const orderDigest = order ? order.digest : "";
  const sealed = (piece) => piece && { record: piece.made, digest: piece.digest };
  const attempts = (whole ? bundle.attempts : []).map((attempt, place) => {
    const [open, close] = [sealed(find("at_open", place + 1)), sealed(find("at_close", place + 1))];
    const visits = attempt.visits.map((_, each) => sealed(find("at_visit", place + 1, each + 1)));
    const isAnchored = open.record.order?.anchor === orderDigest;
    return { open, close, visits, result: close?.record.result ?? null, isAnchored };
  });
  return {
    bundle,
    attempts,
    contents: new Map(believed.map(({ digest, content }) => [digest, content])),
    records: attempts.flatMap((attempt) => [attempt.open, attempt.close, ...attempt.visits]).filter(Boolean),
    results: attempts.filter((attempt) => attempt.result),
    receipts: new Map(believed.filter((each) => each.typ === RECEIPT).map((each) => [each.digest, each.made])),
    order: order?.made ?? null,
    issuer: order?.key.name ?? "",
    acceptance: acceptance?.made ?? null,
    compact: find("at_compact")?.made ?? null,
    review: find("at_review")?.made ?? null,
    at,
  };
}
