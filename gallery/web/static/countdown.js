// Counts down to the deadline, in the server's time: a wrong clock on this machine changes nothing,
// and a deadline that is moved is followed. Says by events when handing in closes and opens again.

const SYNC = 60_000;
const SYNC_CLOSE = 10_000;
const CLOSE = 5 * 60_000;
const DAY = 86_400_000;
const SAID = [60, 30, 10, 5, 1];

let offset = null; // the server's time less this page's own clock, which nobody can set
let deadline = null;
let words = "";
let slug = "";
let next_sync = 0;
let last_said = Infinity;
let was_open = null;
let drift = Date.now() - performance.now();

const server_now = () => performance.now() + offset;

async function sync() {
  next_sync = performance.now() + SYNC;
  const asked = performance.now();
  try {
    const answer = await fetch(`/${slug}/clock.json`, { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (!answer.ok) return;
    const said = await answer.json();
    const heard = performance.now();
    offset = said.now + (heard - asked) / 2 - heard;
    if (deadline !== null && said.deadline !== deadline) last_said = Infinity;
    ({ deadline, words } = said);
    const left = deadline - server_now();
    next_sync = heard + (left < CLOSE ? SYNC_CLOSE : SYNC);
  } catch { /* What was heard last holds; it is asked again. */ }
}

function told(left, has_days) {
  const seconds = Math.ceil(left / 1000);
  if (seconds <= 0) return "closed";
  const two = (number) => String(number).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const clock = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map(Math.floor).map(two).join(":");
  if (!days) return `${clock} left`;
  return has_days ? `${days} d ${clock} left` : `${days} ${days === 1 ? "day" : "days"} left`;
}

// Heard by who does not see it: at a few moments, and never in the middle of a word.
function say(sentence) {
  let region = document.querySelector(".countdown-said");
  if (!region) {
    region = document.createElement("p");
    region.className = "countdown-said";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = sentence;
}

function speak(left) {
  const minutes = SAID.findLast((one) => left <= one * 60_000 && left > 0);
  if (!minutes || minutes >= last_said) return;
  last_said = minutes;
  say(`${minutes} ${minutes === 1 ? "minute" : "minutes"} left to hand in, until ${words}`);
}

function turn(left) {
  const is_open = left > 0;
  if (was_open !== null && is_open !== was_open) {
    say(is_open ? `Handing in is open again, until ${words}` : "Handing in is closed");
    document.dispatchEvent(new CustomEvent(is_open ? "sprint:opened" : "sprint:closed"));
  }
  was_open = is_open;
}

function show() {
  const shown = document.querySelectorAll("[data-countdown]");
  if (shown.length) slug = shown[0].dataset.countdown;
  // A machine that slept, or whose clock was set: this page's own clock may have stood still.
  const now = Date.now() - performance.now();
  if (Math.abs(now - drift) > 1500) next_sync = 0;
  drift = now;
  if (slug && document.visibilityState === "visible" && performance.now() >= next_sync) sync();
  if (offset === null) return;
  const left = deadline - server_now();
  for (const one of shown) {
    one.textContent = told(left, "days" in one.dataset);
    one.classList.toggle("close", left > 0 && left < CLOSE);
    one.title = words;
  }
  if (left > 0 && left < 6000) document.dispatchEvent(new CustomEvent("sprint:closing"));
  if (left < DAY) speak(left);
  turn(left);
}

function tick() {
  show();
  // Just after each whole second of the server's.
  const rest = offset === null ? 250 : 1000 - ((server_now() - deadline) % 1000 + 1000) % 1000 + 15;
  setTimeout(tick, rest);
}

for (const name of ["online", "pageshow"]) addEventListener(name, () => { next_sync = 0; });
document.addEventListener("visibilitychange", () => { next_sync = 0; });
tick();
