// The result: previews that sharpen in place, then the picture, what can be done with it, and a
// film strip of all that was made in this visit.

const root = element.querySelector(".stage");
const one = (selector) => root.querySelector(selector);
const shown = one(".shown");
const underlay = one(".underlay");
const divider = one(".divider");
const film = one(".film");
const made = [];
let current = null;
let before = null;

const IDLE = ["done", "stopped", "failed", "empty"];
const SIGNS = { failed: "✕ ", stopped: "■ " };

function render() {
  let value = props.value ?? { phase: "empty" };
  // A step that was under way when Stop was pressed may come after it.
  if (value.phase === "running" && root.dataset.phase === "stopped") return;
  // Stop was pressed as the picture arrived: the picture stays.
  if (value.phase === "stopped" && current) value = { phase: "done", pictures: [current] };
  root.dataset.phase = value.phase;
  const busy = !IDLE.includes(value.phase);
  closer.hidden = true;
  if (busy && root.getAttribute("aria-busy") !== "true") bring_into_view();
  if (busy && current) before = current;
  if (busy) current = null;
  root.setAttribute("aria-busy", busy);
  progress(value);
  if (busy) compare(false);
  if (value.phase === "running" && value.previews.length) look(value.previews[0], "Preview");
  if (value.phase === "done") arrived(value.pictures);
  const unseen = value.phase === "stopped" && !value.previews.length;
  if ((value.phase === "failed" || unseen) && !current) select(before);
  if (value.phase === "failed") ask_for_words();
  strip(value.phase === "running" ? value.previews : []);
  say(value);
  offer(busy);
}

// What happens here is to be seen, however far down the page it was asked for.
let in_view = true;
new IntersectionObserver((entries) => {
  in_view = entries.at(-1).intersectionRatio >= 0.5;
}, { threshold: 0.5 }).observe(one(".frame"));

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
  if (root.dataset.phase !== "failed") return;
  root.dataset.phase = current ? "done" : "empty";
  say({ phase: root.dataset.phase });
}

for (const change of ["input", "sprint:picture", "sprint:words"]) {
  document.addEventListener(change, forgive);
}

function offer(busy) {
  for (const name of ["again", "use"]) one(`.${name}`).disabled = busy || !current;
  one(".compare").disabled = busy || !current?.map;
  one(".save").setAttribute("aria-disabled", busy || !current);
}

function progress({ phase, step = 0, steps = 0 }) {
  const part = steps ? Math.round((100 * step) / steps) : 0;
  one(".line").setAttribute("aria-valuenow", part);
  one(".line i").style.transform = `scaleX(${phase === "running" ? part / 100 : 0})`;
}

function say({ phase, step, steps, seconds_left, message }) {
  const words = {
    empty: "",
    waiting: place_in_line(),
    running: step ? `Step ${step} of ${steps}` : message,
    done: current ? current.about : "",
    stopped: step ? `Stopped at step ${step} of ${steps}` : "Stopped",
    failed: message,
  }[phase];
  one(".words").textContent = (SIGNS[phase] ?? "") + words + (phase === "done" && message ? ` · ! ${message}` : "");
  const left = phase === "running" && seconds_left !== null;
  one(".time").textContent = left ? `about ${Math.max(1, Math.round(seconds_left))} s left` : "";
}

// Gradio's own status element, which is hidden here, knows the place in the queue.
const tracker = element.closest("#stage")?.querySelector("[data-testid=status-tracker]");

function place_in_line() {
  const place = tracker?.textContent.match(/queue: (\d+)\/(\d+)/);
  return place ? `Waiting: number ${place[1]} of ${place[2]} in line` : "Waiting";
}

if (tracker) {
  const follow = () => { if (props.value?.phase === "waiting") say(props.value); };
  new MutationObserver(follow).observe(tracker, { childList: true, characterData: true, subtree: true });
}

function look(url, alt) {
  shown.hidden = !url;
  if (url) shown.src = url;
  shown.alt = alt;
}

function arrived(pictures) {
  const fresh = pictures.filter((one) => !made.some((old) => old.file.path === one.file.path));
  if (fresh.some((one) => one.live)) drop_live();
  made.unshift(...fresh.filter((one) => !one.example));
  if (!pictures.some((one) => one.file.path === current?.file.path)) select(pictures[0]);
}

// A picture that was painted on the way gives its place to the next.
function drop_live() {
  const kept = made.filter((one) => !one.live);
  made.splice(0, made.length, ...kept);
}

function select(picture) {
  current = picture;
  look(picture?.file.url, picture ? `Picture for the words: ${picture.prompt}` : "");
  if (!picture) return;
  const save = one(".save");
  save.href = picture.file.url;
  save.download = picture.file.orig_name ?? "picture.png";
  if (picture.map) underlay.src = picture.map;
}

function strip(previews) {
  const live = previews.length > 1 ? previews.map((url) => ({ url })) : [];
  const frames = [...live, ...made.map((picture) => ({ url: picture.file.url, picture }))];
  film.hidden = frames.length < (current ? 2 : 1);
  while (film.children.length > frames.length) film.lastChild.remove();
  frames.forEach(({ url, picture }, index) => {
    const button = film.children[index] ?? film.appendChild(frame());
    const image = button.firstChild;
    if (image.getAttribute("src") !== url) image.src = url;
    button.picture = picture;
    button.disabled = !picture;
    button.setAttribute("aria-label", picture ? `${picture.prompt}, seed ${picture.seed}` : "Preview");
    button.setAttribute("aria-pressed", Boolean(picture) && picture === current);
  });
}

function frame() {
  const button = document.createElement("button");
  button.type = "button";
  button.append(document.createElement("img"));
  button.firstChild.alt = "";
  button.addEventListener("click", () => {
    if (root.getAttribute("aria-busy") === "true") return;
    compare(false);
    select(button.picture);
    root.dataset.phase = "done";
    say({ phase: "done" });
    strip([]);
    offer(false);
  });
  return button;
}

function compare(on) {
  one(".compare").setAttribute("aria-pressed", on);
  underlay.hidden = divider.hidden = !on;
  if (on) cut();
}

function cut() {
  root.style.setProperty("--cut", `${divider.value}%`);
}

divider.addEventListener("input", cut);
one(".compare").addEventListener("click", () => compare(divider.hidden));
one(".again").addEventListener("click", () => trigger("again", { seed: current.seed }));
one(".use").addEventListener("click", () => {
  document.dispatchEvent(new CustomEvent("sprint:use", {
    detail: { url: current.file.url, name: current.file.orig_name ?? "picture.png" },
  }));
});
one(".save").addEventListener("click", (event) => {
  if (event.currentTarget.getAttribute("aria-disabled") === "true") event.preventDefault();
});

// The control map, large, until it is pressed or something happens here.
const closer = one(".closer");

function look_closer(url, label) {
  closer.hidden = !url;
  if (!url) return;
  closer.firstChild.src = url;
  closer.setAttribute("aria-label", `What the model sees: ${label}. Press to close.`);
  bring_into_view();
  closer.focus({ preventScroll: true });
}

document.addEventListener("sprint:closer", ({ detail: { url, label } }) => look_closer(url, label));
closer.addEventListener("click", () => look_closer(null));
closer.addEventListener("keydown", (event) => { if (event.key === "Escape") look_closer(null); });

// While a picture is being made, Enter in the prompt would ask for another one behind it.
document.addEventListener("keydown", (event) => {
  const busy = root.getAttribute("aria-busy") === "true";
  if (!busy || event.key !== "Enter" || !event.target.closest?.("#prompt")) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// A file dropped where nobody takes it would replace the page. The window hears of it last.
for (const kind of ["dragover", "drop"]) {
  window.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files") || event.defaultPrevented) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  });
}

watch("value", render);
render();
