// A refusal: why something is not believed, as a code and what it is about; the words for it stand in words.js.
// Whatever else is thrown is our own fault, and is shown as such: it never ends as "valid".

class Refusal extends Error {
  constructor(code, ...details) {
    super(`${code} ${details.join(" ")}`);
    this.code = code;
    this.details = details;
    this.where = [];
  }

  // The same refusal, said of a part of something larger.
  within(code, ...details) {
    this.where.unshift([code, ...details]);
    return this;
  }
}

// What `make` returns; a refusal in it is told of the part that was looked at.
function named(code, details, make) {
  try {
    return make();
  } catch (error) {
    throw error instanceof Refusal ? error.within(code, ...details) : error;
  }
}
