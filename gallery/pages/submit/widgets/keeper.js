// Saves what is typed a moment after the typing stops, and says when it was saved. What the gallery
// has not acknowledged is sent again, and kept in the tab meanwhile.

const one = (selector) => element.querySelector(selector);
const unsaved = import(document.getElementById("unsaved").href);
const LOOK = 200;
const SAVE = 1200;
const PULSE = 2000;
const ANSWER = 20_000;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;
let drawing = 0;
let saving = 0;
let waiting = 0;
let pause = FIRST_PAUSE;
let trouble = "";
let typed_at = 0;
let kept_at = 0;
let is_leaving = false;
let has_beaten = null;
let is_dead = false;

const now = () => performance.timeOrigin + performance.now();
const is_unsaved = () => typed_at > kept_at && Boolean(props.value?.submission);
const can_save = () => is_unsaved() && props.value.status !== "stale" && !is_dead;

function typing(fields) {
  if (!props.value?.submission) return;
  typed_at = now();
  unsaved.then((store) => store.note(props.value, fields));
  clearTimeout(drawing);
  drawing = setTimeout(draw, LOOK);
  if (!can_save()) return;
  clearTimeout(saving);
  saving = setTimeout(save, SAVE);
  show();
}

// Asked before each call: one that fails in Gradio's hands ends all calls for good.
async function reaches() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    return answer.ok;
  } catch {
    return false;
  }
}

async function draw() {
  if (!trouble && (await reaches())) trigger("draw");
}

async function save() {
  clearTimeout(saving);
  if (!can_save()) return;
  if (!(await reaches())) return later("no connection");
  trigger("keep");
  waiting ||= setTimeout(unanswered, ANSWER);
}

function later(why) {
  trouble = why;
  clearTimeout(saving);
  saving = setTimeout(is_dead ? renew : save, pause);
  pause = Math.min(2 * pause, LONGEST_PAUSE);
  show();
}

function unanswered() {
  waiting = 0;
  if (!is_unsaved()) return;
  const last = Number(sessionStorage.getItem("sprint-renewed") ?? 0);
  if (Date.now() - last > 2 * LONGEST_PAUSE) renew();
  else later("the gallery does not answer");
}

// A fresh page takes up what was typed.
async function renew() {
  if (!(await reaches())) return later("no connection");
  if (is_unsaved()) (await unsaved).note_lists(props.value);
  sessionStorage.setItem("sprint-renewed", String(Date.now()));
  is_leaving = true;
  location.reload();
}

// After a lost connection Gradio passes nothing on any more, not even to the page itself.
document.addEventListener("sprint:alive", () => { has_beaten = true; });
const pulse = setInterval(() => {
  if (has_beaten === false) {
    is_dead = true;
    clearInterval(pulse);
    later("no connection");
  } else {
    if (has_beaten) has_beaten = false; // null until Gradio's script has begun
    trigger("alive");
  }
}, PULSE);

addEventListener("online", () => { if (trouble) { pause = FIRST_PAUSE; later(trouble); } });
// Whoever turns to another tab or closes the phone has what they typed saved at once.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") save();
});
// Texts tell by themselves, however they came in: typed, pasted, spoken. What is chosen from a list
// and pictures tell by an event of ours.
document.addEventListener("input", ({ target }) => {
  const field = target.closest("#walk .block[id]");
  if (!field || target.closest("#address, #team-name, #samples")) return;
  if (target.getAttribute("role") !== "listbox") typing({ [field.id]: target.value });
});
document.addEventListener("sprint:typed", ({ detail }) => typing(detail));
window.addEventListener("beforeunload", (event) => {
  if (is_unsaved() && !is_leaving) event.preventDefault();
});

// The last minute: what is typed goes out before the end; then the form is closed, and what the
// gallery did not take any more stays here to be copied.
let is_closed = false;

async function close() {
  is_closed = true;
  document.documentElement.classList.add("handing-in-closed");
  await save();
  setTimeout(async () => {
    await rescue();
    if (await reaches()) trigger("theirs");
    show();
  }, waiting ? 2000 : 0);
}

async function rescue() {
  if (!is_unsaved()) return;
  const text = (await unsaved).text_of(props.value);
  one(".keeper-unsaved").value = text;
  one(".keeper-rescue").hidden = !text;
}

document.addEventListener("sprint:closing", () => { if (is_unsaved() && !waiting) save(); });
document.addEventListener("sprint:closed", close);
document.addEventListener("sprint:opened", renew); // the fresh page takes up what was typed
one(".keeper-copy").addEventListener("click", async ({ target }) => {
  const text = one(".keeper-unsaved");
  text.select();
  try {
    await navigator.clipboard.writeText(text.value);
  } catch {
    document.execCommand("copy"); // where the clipboard is not given to scripts
  }
  target.textContent = "Copied";
});

function words({ status, saved_at, state, submission, can_change }) {
  if (is_closed) return is_unsaved() ? "Time is up: your last words were not taken" : "Time is up";
  if (trouble) return `${is_unsaved() ? "Not saved: " : ""}${trouble}; trying again`;
  if (status === "partly") return "All but this is saved";
  if (status === "problem") return "Not saved yet";
  if (status === "stale") return "Somebody else saved in between";
  if (status === "closed") return "Not saved";
  if (submission && !can_change) return "To be read only";
  if (is_unsaved()) return "Saving…";
  if (status === "saved" && saved_at) {
    const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
    return `Saved ${time.format(new Date(saved_at))}`;
  }
  return state === "none" ? "Nothing to save yet" : "All is saved";
}

function sign({ status }) {
  if (is_closed) return "closed";
  if (trouble) return "lost";
  return status === "saved" && is_unsaved() ? "" : status ?? "";
}

function show() {
  const value = props.value ?? {};
  element.dataset.status = sign(value);
  one(".keeper-words").textContent = words(value);
  one(".keeper-problem").textContent = value.problem ?? "";
  one(".keeper-problem").hidden = !value.problem;
  one(".keeper-choice").hidden = value.status !== "stale";
}

function answered() {
  const value = props.value ?? {};
  if (value.status) {
    clearTimeout(waiting);
    waiting = 0;
    trouble = "";
    pause = FIRST_PAUSE;
  }
  if (value.status === "saved") kept_at = Math.max(kept_at, value.typed_at);
  if (value.status === "closed") rescue();
  if (value.submission) {
    unsaved.then((store) => {
      if (value.status === "saved" && !is_unsaved()) store.forget(value);
      else if (value.status === "partly" || value.status === "saved") store.follow(value);
    });
    // The address leads back here, to this submission, when the page is loaded again.
    const address = new URL(location);
    address.searchParams.set("event", value.event);
    address.searchParams.set("submission", value.submission);
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }
  show();
}

one(".keeper-theirs").addEventListener("click", () => {
  kept_at = now();
  unsaved.then((store) => store.forget(props.value));
  trigger("theirs");
});
one(".keeper-mine").addEventListener("click", () => trigger("mine"));
watch("value", answered);
answered();
