// A juror's form by keys: digits score, arrows move, u takes back, n saves and goes on, b goes back.

import { autosave } from "./autosave.js";

const form = document.querySelector("#ballot");
const rows = [...form.querySelectorAll(".criterion")];
const status = form.querySelector(".saved");
const undo = form.querySelector(".undo");
const past = [];

const chosen = (row) => row.querySelector("input:checked");

function read() {
  const scores = {};
  for (const row of rows) {
    const digit = chosen(row);
    if (digit) scores[row.dataset.criterion] = Number(digit.value);
  }
  const { comment, note, flag } = form.elements;
  return { scores, comment: comment.value, note: note.value, flag: flag.value };
}

function write({ scores, comment, note, flag }) {
  for (const row of rows) set(row, scores[row.dataset.criterion] ?? null);
  form.elements.comment.value = comment;
  form.elements.note.value = note;
  form.elements.flag.value = flag;
}

function set(row, value) {
  for (const digit of row.querySelectorAll("input")) digit.checked = Number(digit.value) === value;
}

function told({ state, at, sentence, sign_in, take_theirs, keep_mine }) {
  status.classList.toggle("problem", state === "refused" || state === "stale" || state === "waiting");
  status.replaceChildren();
  if (state === "saved") status.textContent = `Saved ${at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
  if (sentence) status.append(sentence);
  if (sign_in) status.append(" ", link("Sign in", sign_in));
  if (state !== "stale") return;
  status.append(document.createElement("br"), choice("Take what is kept", take_theirs), choice("Keep mine", keep_mine));
}

function choice(words, action) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words;
  button.addEventListener("click", action);
  return button;
}

function link(words, address) {
  const made = document.createElement("a");
  made.href = address;
  made.target = "_blank";
  made.textContent = words;
  return made;
}

const saving = autosave(form, { read, write, told });
if (form.dataset.number === "0" && !("closed" in form.dataset)) saving.begin();  // from here on it is begun

// Rows and keys

let at = Math.max(0, rows.findIndex((row) => !chosen(row)));

function go(to) {
  at = Math.max(0, Math.min(rows.length - 1, to));
  rows.forEach((row, index) => row.classList.toggle("at", index === at));
  rows[at].scrollIntoView({ block: "nearest" });
}

function score(row, value) {
  const digit = [...row.querySelectorAll("input")].find((one) => Number(one.value) === value);
  if (!digit || digit.disabled || digit.checked) return Boolean(digit) && !digit.disabled;
  remember(row);
  set(row, value);
  saving.changed();
  return true;
}

// What is taken back: the score that stood before.
function remember(row) {
  const before = chosen(row);
  past.push([row, before ? Number(before.value) : null]);
  undo.hidden = false;
}

function take_back() {
  const last = past.pop();
  if (!last) return;
  set(...last);
  go(rows.indexOf(last[0]));
  undo.hidden = !past.length;
  saving.changed();
}

for (const row of rows) {
  const values = new Map();
  for (const begins of ["pointerdown", "keydown"]) {
    row.addEventListener(begins, () => values.set("before", chosen(row)?.value ?? null));
  }
  row.addEventListener("change", () => {
    if (!values.has("before")) return;
    const before = values.get("before");
    past.push([row, before === null ? null : Number(before)]);
    undo.hidden = false;
    values.clear();
  });
  row.addEventListener("focusin", () => go(rows.indexOf(row)));
}

undo.addEventListener("click", take_back);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("textarea, select, summary, iframe, input:not([type=radio])")) return;
  const { key } = event;
  if (/^[0-9]$/.test(key)) {
    if (score(rows[at], Number(key))) go(at + 1);
  } else if (key === "ArrowDown" || key === "ArrowUp") {
    go(at + (key === "ArrowDown" ? 1 : -1));
    rows[at].querySelector("input:checked, input")?.focus({ preventScroll: true });
  } else if (key === "u") take_back();
  else if (key === "n") form.requestSubmit();
  else if (key === "b") document.querySelector("[data-back]")?.click();
  else return;
  event.preventDefault();
});

// Pressing "Save and next" first saves what was typed, and goes on when that is kept; once, however
// often it is pressed.
let pressed = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (pressed) return;
  pressed = true;
  await saving.flush();
  if (saving.is_saved()) form.submit();
  else {
    pressed = false;
    status.scrollIntoView({ block: "nearest" });
  }
});
addEventListener("pageshow", () => { pressed = false; });

form.querySelector(".keys").hidden = false;
go(at);
