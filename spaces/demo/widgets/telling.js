// What is said below the result: its words, its progress, its place in the queue.

// What happens here is to be seen, however far down the page it was asked for.

const SEEN = 0.9;  // of it: half a picture is none
let in_view = true;
new IntersectionObserver((entries) => {
  in_view = entries.at(-1).intersectionRatio >= SEEN;
}, { threshold: SEEN }).observe(one(".frame"));

function bring_into_view() {
  if (in_view) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  one(".frame").scrollIntoView({ behavior: still ? "instant" : "smooth", block: "nearest" });
}

document.addEventListener("sprint:example", bring_into_view);

// Words that are missing are asked for where they are written.
const ask = () => document.querySelector("#ask");

function ask_for_words() {
  const line = document.querySelector("#prompt textarea");
  if (line && !line.value.trim()) ask().classList.add("wanted");
}

document.addEventListener("sprint:wanting", ask_for_words);
for (const change of ["input", "sprint:words"]) {
  document.addEventListener(change, () => ask()?.classList.remove("wanted"));
}

// What was wrong may be mended by whatever changes next.
function forgive() {
  if (state.phase !== "failed") return;
  state = { phase: current ? "done" : "empty" };
  root.dataset.phase = state.phase;
  say();
}

for (const change of ["input", "sprint:picture", "sprint:words"]) {
  document.addEventListener(change, forgive);
}

function offer(busy) {
  for (const name of ["again", "use", "share"]) one(`.${name}`).disabled = busy || !current;
  one(".compare").disabled = busy || !current?.map;
  one(".against-opener").disabled = busy || !current || Boolean(current.example);
  one(".save").setAttribute("aria-disabled", busy || !current);
}

function progress() {
  const { phase, step = 0, steps = 0 } = state;
  const part = steps ? Math.round((100 * step) / steps) : 0;
  one(".line").setAttribute("aria-valuenow", part);
  one(".line i").style.transform = `scaleX(${phase === "running" && !lost ? part / 100 : 0})`;
}

function say() {
  const { phase, step, steps, seconds_left, message } = state;
  const words = {
    empty: "",
    following: message || "Follows your drawing",
    waiting: place_in_line(),
    running: step ? `Step ${step} of ${steps}` : message,
    done: current ? current.about : "",
    stopped: step ? `Stopped at step ${step} of ${steps}` : "Stopped",
    failed: message,
  }[phase];
  const more = phase === "done" && message ? ` · ! ${message}` : "";
  const without = { waiting: KEPT_FOR_LATER, running: UNTIL_LATER }[phase] ?? NO_CONNECTION;
  one(".words").textContent = lost ? `! ${without}` : (SIGNS[phase] ?? "") + words + more;
  const left = phase === "running" && seconds_left !== null && !lost;
  one(".time").textContent = left ? `about ${Math.max(1, Math.round(seconds_left))} s left` : "";
}

// Gradio's own status element, which is hidden here, knows the place in the queue.
const tracker = element.closest("#stage")?.querySelector("[data-testid=status-tracker]");

function place_in_line() {
  if (job?.found) return "Looking for the picture that was being made";
  const place = tracker?.textContent.match(/queue: (\d+)\/(\d+)/);
  return place ? `Waiting: number ${place[1]} of ${place[2]} in line` : "Waiting";
}

if (tracker) {
  const follow = () => {
    if (state.phase === "waiting") say();
  };
  new MutationObserver(follow).observe(tracker, { childList: true, characterData: true, subtree: true });
}

function look(url, alt) {
  shown.hidden = !url;
  if (url) shown.src = url; else shown.removeAttribute("src");
  shown.alt = alt;
}
