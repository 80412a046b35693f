// Times with their offset from UTC, in every form of ISO 8601 that Python's datetime.fromisoformat reads (3.11), as
// microseconds since 1970 in a BigInt. A time without an offset is refused.

const DATE = /^(\d{4})-(\d{2})-(\d{2})|^(\d{4})(\d{2})(\d{2})(?!\d)|^(\d{4})-?W(\d{2})(?:-?(\d))?/;
const CLOCK = /^(\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d+))?)?|(\d{2})(?:(\d{2})(?:[.,](\d+))?)?)?$/;
const FRACTION = String.raw`(?:\.(?!0{6})\d{6})`; // of a second, written where it is not zero
const OFFSET = String.raw`(?!-00:00$)[+-]\d\d:\d\d(?::(?!00$)\d\d${FRACTION}?|:00${FRACTION})?`;
const ONE_FORM = new RegExp(String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d${FRACTION}?${OFFSET}$`);
const DAY_US = 86_400_000_000n;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

// The time that a text states; null where it is none.
function timeOf(text) {
  if (typeof text !== "string") return null;
  const date = DATE.exec(text);
  if (date === null) return null;
  const day = date[7] === undefined ? dayOf(...(date[1] ? date.slice(1, 4) : date.slice(4, 7)).map(Number)) : weekDay(date);
  const rest = text.slice(date[0].length);
  const found = /^[^]([^+\-Z]*)(Z|[+-].*)$/u.exec(rest);
  if (day === null || found === null) return null;
  const clock = clockUs(found[1], 24);
  const offset = found[2] === "Z" ? 0n : clockUs(found[2].slice(1), 24);
  if (clock === null || offset === null || offset >= DAY_US) return null;
  return BigInt(day) * DAY_US + clock - (found[2][0] === "-" ? -offset : offset);
}

function leap(year) {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

// Days since 1970; null where there is no such day.
function dayOf(year, month, day) {
  if (year < 1 || month < 1 || month > 12) return null;
  if (day < 1 || day > MONTH_DAYS[month - 1] + (month === 2 && leap(year) ? 1 : 0)) return null;
  const at = new Date(Date.UTC(2000, month - 1, day));
  at.setUTCFullYear(year, month - 1, day);
  return at.getTime() / 86_400_000;
}

function weekDay(date) {
  const [year, week, day] = [Number(date[7]), Number(date[8]), Number(date[9] ?? 1)];
  if (year < 1 || day < 1 || day > 7 || week < 1) return null;
  const fourth = dayOf(year, 1, 4);
  const first = fourth - ((fourth + 3) % 7 + 7) % 7;
  const begins = (each) => dayOf(each, 1, 4) - ((dayOf(each, 1, 4) + 3) % 7 + 7) % 7;
  const weeks = (begins(year + 1) - first) / 7;
  return week > weeks ? null : first + (week - 1) * 7 + day - 1;
}

// Microseconds of a clock's text; null where it is none.
function clockUs(text, hours) {
  const found = CLOCK.exec(text);
  if (found === null) return null;
  const [hour, minute, second] = [found[1], found[2] ?? found[5] ?? "0", found[3] ?? found[6] ?? "0"].map(Number);
  if (hour >= hours || minute > 59 || second > 59) return null;
  const micro = (found[4] ?? found[7] ?? "").slice(0, 6).padEnd(6, "0");
  return BigInt((hour * 60 + minute) * 60 + second) * 1_000_000n + BigInt(micro);
}

// Whether a text is the one form that Python's isoformat writes of a time.
function isWrittenTime(text) {
  return timeOf(text) !== null && ONE_FORM.test(text);
}
