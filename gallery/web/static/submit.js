// What was typed on the Submit page and is not saved yet: kept in this tab, so that a page that is
// loaded again, by whomever, begins with it. By the fields' ids.

const LISTS = ["controls", "models", "datasets", "tags"];
const key = (submission) => `sprint-unsaved-${submission}`;

function read(submission) {
  try {
    return JSON.parse(sessionStorage.getItem(key(submission)));
  } catch {
    return null;
  }
}

function write(submission, held) {
  try {
    sessionStorage.setItem(key(submission), JSON.stringify(held));
  } catch { /* Storage is full or forbidden: leaving the page warns all the same. */ }
}

/** `number` is the revision that the form was begun on, for finding saves of others in between. */
export function note({ submission, number }, fields = {}) {
  const held = read(submission) ?? { fields: {} };
  write(submission, { number, fields: { ...held.fields, ...fields } });
}

export function follow({ submission, number }) {
  const held = read(submission);
  if (held) write(submission, { ...held, number });
}

export function forget({ submission }) {
  try {
    sessionStorage.removeItem(key(submission));
  } catch { /* Nothing was kept. */ }
}

/** What was typed and not saved, to be read and copied: each field under its label. */
export function text_of({ submission }) {
  const held = read(submission)?.fields ?? {};
  const label = (id) => document.querySelector(`#${id} label span, #${id} [data-testid="block-info"]`)?.textContent.trim() || id;
  const worded = (value) => (Array.isArray(value) ? value.join(", ") : String(value ?? ""));
  return Object.entries(held)
    .filter(([, value]) => typeof value === "string" || Array.isArray(value))
    .map(([id, value]) => `${label(id)}\n${worded(value)}`)
    .join("\n\n");
}

/** Entries as they stand, for when Gradio tells no changes any more. */
export function note_lists(place) {
  const entries = (id) => [...document.querySelectorAll(`#${id} .token > span`)];
  note(place, Object.fromEntries(
    LISTS.map((id) => [id, entries(id).map((one) => one.textContent.trim())]),
  ));
}

/** The place and the values to begin with, and the event by which they are saved. */
export function take_up(ids, place, values) {
  const held = place?.can_change ? read(place.submission) : null;
  if (!held) return [place, ...values];
  setTimeout(() => document.dispatchEvent(new CustomEvent("sprint:typed", { detail: {} })), 100);
  return [
    { ...place, number: held.number },
    ...values.map((value, index) => (ids[index] in held.fields ? held.fields[ids[index]] : value)),
  ];
}
