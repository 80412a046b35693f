// Numbers as Python rounds and writes them: halves to even on the exact binary value, %g with so many digits, repr.
// The verdict is judged again here, so that a last digit that differs would be a false alarm or a missed one.

// The exact value of a finite number as a fraction of two BigInt; the second is a power of two.
function fraction(x) {
  let scale = 0;
  let whole = x;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    scale += 1;
  }
  return [BigInt(whole), 1n << BigInt(scale)];
}

// top / bottom rounded to a whole number, halves to the even one; bottom is positive.
function halfEven(top, bottom) {
  const negative = top < 0n;
  const size = negative ? -top : top;
  let whole = size / bottom;
  const rest = (size % bottom) * 2n;
  if (rest > bottom || (rest === bottom && whole % 2n === 1n)) whole += 1n;
  return negative ? -whole : whole;
}

// x as a whole number of units of 10 ** -digits; digits may be negative.
function units(x, digits) {
  const [top, bottom] = fraction(x);
  return digits >= 0 ? halfEven(top * 10n ** BigInt(digits), bottom) : halfEven(top, bottom * 10n ** BigInt(-digits));
}

// round(x, digits) of Python.
function rounded(x, digits) {
  const made = Number(`${units(x, digits)}e-${digits}`);
  return made === 0 && (x < 0 || Object.is(x, -0)) ? -0 : made;
}

// round(x) of Python: a whole number.
function roundedWhole(x) {
  return units(x, 0);
}

// format(x, ".<digits>g") of Python.
function general(value, digits = 6) {
  const x = Number(value);
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  let exponent = Number(Math.abs(x).toExponential(17).split("e")[1]);
  let figures = units(Math.abs(x), digits - 1 - exponent);
  if (figures === 10n ** BigInt(digits)) {
    figures /= 10n;
    exponent += 1;
  }
  const sign = x < 0 ? "-" : "";
  if (exponent < -4 || exponent >= digits) return sign + scientific(figures.toString(), exponent);
  return sign + plain(figures.toString(), exponent);
}

function scientific(figures, exponent) {
  const rest = figures.slice(1).replace(/0+$/, "");
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${figures[0]}${rest ? `.${rest}` : ""}e${exponent < 0 ? "-" : "+"}${size}`;
}

function plain(figures, exponent) {
  const shown = exponent < 0 ? "0".repeat(-exponent) + figures : figures;
  const before = Math.max(exponent, 0) + 1;
  const after = shown.slice(before).replace(/0+$/, "");
  return shown.slice(0, before) + (after ? `.${after}` : "");
}

// str(x) of Python, for whole numbers, others, flags and texts.
function written(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "number") return String(value);
  const [figures, power] = value.toExponential().split("e");
  const exponent = Number(power);
  const digits = figures.replace("-", "").replace(".", "");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (value !== 0 && (exponent < -4 || exponent >= 16)) return sign + scientific(digits, exponent);
  const text = plain(digits.padEnd(exponent + 1, "0"), exponent);
  return sign + (text.includes(".") ? text : `${text}.0`);
}
