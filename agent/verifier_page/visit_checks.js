// The check that looks at visits, as agent/visit_checks.py: each belongs to its result and is judged again. A visit that
// criteria demand and nobody closed yet is said.

const SERIALS = ["ont_pon_serial", "ont_equipment_serial"];

function checkVisit(about) {
  const { attempts, criteria } = about;
  try {
    for (const [place, { visits, close }] of attempts.entries()) {
      for (const each of visits) {
        const fault = visitFault(each.record, close, criteria);
        if (fault) return failedAt(place + 1, ...fault);
      }
    }
  } catch (error) {
    if (error instanceof Refusal) return notChecked(error.code, ...error.details);
    throw error;
  }
  const last = attempts.at(-1).visits.at(-1);
  if (last) return fine("visit_fine", last.record.result.outcome);
  return unneeded(isVisitDemanded(about) ? "visit_open" : "visit_none");
}

function visitFault(record, close, criteria) {
  if (record.tx !== "V") return ["visit_no_visit"];
  if (close === null) return ["visit_no_result"];
  const stray = visitStray(record, close);
  if (stray) return [stray];
  const again = judgeAgain(criteria, record);
  return isAsStated(record, again) ? null : ["verdict_other", record.result.outcome, again.outcome];
}

// How a visit departs from the result of its attempt.
function visitStray(visit, { record, digest }) {
  if (visit.close !== digest || record.tx !== "E") return "visit_result";
  if (visit.open !== record.open) return "visit_open_record";
  if (!same(visit.order, record.order)) return "visit_order";
  if (visit.attempt !== record.attempt) return "visit_attempt";
  if (visit.station !== record.station) return "visit_station";
  if (!same(visit.ordered, record.ordered)) return "visit_ordered";
  if (!same(visit.criteria, record.criteria)) return "visit_criteria";
  return barcodeHolds(visit.result, record.result) ? "" : "visit_barcode";
}

// Whether what the visit says of its bar code follows from what the two records show.
function barcodeHolds(visit, result) {
  const noted = (name) => only(name, "", visit.measurements)?.value ?? null;
  const barcode = noted("device_barcode");
  const read = SERIALS.map((name) => only(name, "", result.measurements)).filter((each) => each && each.value !== null);
  const follows = read.length ? (read.some((each) => written(each.value) === barcode) ? "same" : "other") : null;
  return noted("device_barcode_as_read") === (barcode ? follows : null);
}

// The record that the acceptance names, where it is the last result or a visit that was closed on it; else null.
function spokenOf({ results, acceptance }) {
  const last = results.at(-1);
  const found = last ? [last.close, ...last.visits] : [];
  return found.find(({ digest }) => digest === acceptance.record)?.record ?? null;
}

// Whether the criteria of the last result also demand something of its visit; false where they are not here.
function isVisitDemanded({ results, criteria }) {
  const record = results.at(-1)?.close.record;
  const limits = () => limitsFor(statedCriteria(criteria, record), record.ordered, true);
  return record ? unlessMissing(false, () => limits().some((limit) => limit.required)) : false;
}
