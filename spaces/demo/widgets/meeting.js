// Widgets start in any order: what one of them offers, the others await under its name.

function meet(name) {
  const offers = (window.sprint_offers ??= {});
  if (!offers[name]) {
    let offer;
    const promise = new Promise((resolve) => { offer = resolve; });
    offers[name] = { promise, offer };
  }
  return offers[name];
}

// A name that nobody else has and nobody can guess.
function fresh_name() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
