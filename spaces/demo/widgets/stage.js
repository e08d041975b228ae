// The result: previews that sharpen in place, then the picture, what can be done with it, and a
// film strip of all that was made and is kept. What is under way is a job: it has a name, so that it
// is found again when the connection was lost or the page reloaded.

const root = element.querySelector(".stage");
const one = (selector) => root.querySelector(selector);
const shown = one(".shown");
const underlay = one(".underlay");
const divider = one(".divider");
const film = one(".film");
const keeping = meet("keeping").promise;
const handed_in = props.takes_pictures ? meet("picture").promise : Promise.resolve(null);
const made = [];
let kept = null;
let state = { phase: "empty" };
let job = null;
let lost = false;
let current = null;
let before = null;
let forgotten = [];

const BUSY = ["waiting", "running"];
const SIGNS = { failed: "✕ ", stopped: "■ " };
const SOON = 120e3;
const GONE = "The connection was lost, and with it the picture that was being made. Press Make it to ask for it again.";
const NO_CONNECTION = "No connection to the demo. It is tried again, and what you made is kept.";
const KEPT_FOR_LATER = "No connection to the demo. Your picture is asked for when it is back.";
const UNTIL_LATER = "No connection to the demo. Your picture is looked for when it is back.";

const is_busy = () => BUSY.includes(state.phase);

// News from the server

function take_news() {
  const value = props.value ?? { phase: "empty" };
  kept?.heard();
  if (value.job ? value.job !== job?.id : is_busy()) return;  // late news of what was stopped
  if (value.phase === "lost") return missing();
  if (value.phase === "running" && job?.phase === "waiting") note_job({ phase: "running" });
  become(value);
}

function become(value) {
  const was_busy = is_busy();
  state = { previews: [], pictures: [], message: "", seconds_left: null, ...value };
  const busy = is_busy();
  root.dataset.phase = state.phase;
  root.setAttribute("aria-busy", busy);
  if (busy !== was_busy) hand_over_focus(busy);
  closer.hidden = true;
  if (busy) {
    if (!was_busy) bring_into_view();
    if (current) before = current;
    current = null;
    compare(false);
  }
  if (state.phase === "running" && state.previews.length) look(state.previews[0], "Preview");
  if (state.phase === "done") arrived(state.pictures);
  const unseen = state.phase === "stopped" && !state.previews.length;
  if ((state.phase === "failed" || unseen) && !current) select(before);
  if (state.phase === "failed") ask_for_words();
  if (!busy) end_job(state.phase === "done");
  progress();
  strip(state.phase === "running" ? state.previews : []);
  say();
  offer(busy);
}

// Jobs

function make({ seed = null } = {}) {
  if (is_busy()) return;
  job = { id: fresh_name(), phase: "waiting", seed, at: Date.now(), input: null };
  note_job({});
  become({ phase: "waiting", job: job.id });
  ask_for(job);
}

// Asks the server once it has the picture that was handed in a moment before.
async function ask_for({ id, seed }) {
  await (await handed_in)?.settle();
  if (job?.id !== id) return;
  note_job({ input: input_of_now() });
  kept?.use(job.input);
  trigger("make", { job: id, seed });
}

// What is handed in now, by the name under which it is kept.
function input_of_now() {
  const { origin, inputs } = kept?.work.picture ?? {};
  return inputs?.[origin] ?? null;
}

// The job as it is found again by this tab.
function note_job(change) {
  Object.assign(job, change);
  kept?.keep({ job: { ...job } });
}

function stop() {
  if (!job) return;
  const { id } = job;
  const { step, steps, previews } = state;
  trigger("stop", { job: id });
  job = null;
  kept?.keep({ job: null, stopped: lost ? id : null });
  become({ phase: "stopped", step, steps, previews });
}

function end_job(is_done) {
  if (!job) return;
  const { id } = job;
  job = null;
  if (!is_done) kept?.keep({ job: null });
  else keep_pictures(made.filter((picture) => picture.id.startsWith(id)), id);
}

// The server does not know the job: it never came there, or the server was restarted.
function missing() {
  const { phase, at, again } = job;
  if (phase === "waiting" && !again && Date.now() - at < SOON) {
    note_job({ again: true, found: false });
    ask_for(job);
    return;
  }
  become({ phase: "failed", message: GONE });
}

document.addEventListener("sprint:make", () => make());
document.addEventListener("sprint:refused", async () => {
  if (!job) return;
  const { id, found = false } = job;
  await kept?.look();  // a demo that was started anew does not know the picture that is handed in
  if (job?.id === id) trigger("why", { job: id, found });
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#make")) make();
  if (event.target.closest?.("#stop")) stop();
});

// The two buttons take turns in one place.
function hand_over_focus(busy) {
  const [from, to] = busy ? ["#make", "#stop"] : ["#stop", "#make"];
  const had = document.querySelector(from)?.contains(document.activeElement);
  if (had) document.querySelector(to)?.focus({ preventScroll: true });
}

// While a picture is being made, Enter in the prompt would ask for another one behind it. Without a
// connection Gradio does not hear it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.closest?.("#prompt")) return;
  if (!is_busy() && !(lost && !event.shiftKey)) return;
  event.preventDefault();
  event.stopPropagation();
  if (!is_busy()) make();
}, true);

// The connection

document.addEventListener("sprint:connection", (event) => {
  lost = event.detail.lost;
  root.dataset.lost = lost;
  progress();
  say();
});

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
  if (state.phase !== "failed") return;
  state = { phase: current ? "done" : "empty" };
  root.dataset.phase = state.phase;
  say();
}

for (const change of ["input", "sprint:picture", "sprint:words"]) {
  document.addEventListener(change, forgive);
}

function offer(busy) {
  for (const name of ["again", "use"]) one(`.${name}`).disabled = busy || !current;
  one(".compare").disabled = busy || !current?.map;
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
  let told = false;
  const follow = () => {
    if (state.phase === "waiting") return say();
    if (root.getAttribute("aria-busy") === "true") return;
    // A drawing is followed without a press of the button; behind others it waits as well.
    const waits = place_in_line() !== "Waiting";
    if (waits) one(".words").textContent = place_in_line();
    else if (told) say();
    told = waits;
  };
  new MutationObserver(follow).observe(tracker, { childList: true, characterData: true, subtree: true });
}

function look(url, alt) {
  shown.hidden = !url;
  if (url) shown.src = url; else shown.removeAttribute("src");
  shown.alt = alt;
}

// Pictures

function arrived(pictures) {
  const fresh = pictures
    .filter((one) => !made.some((old) => old.id === one.id))
    .map(({ file, ...rest }) => ({
      ...rest,
      url: file.url,
      name: file.orig_name ?? "picture.png",
      input: job ? job.input : rest.live ? input_of_now() : null,
    }));
  if (fresh.some((one) => one.live)) drop_live();
  made.unshift(...fresh.filter((one) => !one.example));
  const first = made.find((one) => one.id === pictures[0]?.id) ?? fresh[0];
  if (first && first !== current) select(first);
  if (fresh.some((one) => one.live)) keep_pictures(fresh, null);
  if (job && first) kept?.keep({ fields: { ...kept.work.fields, seed: pictures[0].seed } });
}

// A picture that was painted on the way gives its place to the next.
function drop_live() {
  const passing = made.filter((one) => one.live);
  made.splice(0, made.length, ...made.filter((one) => !one.live));
  kept?.forget(passing.map((one) => one.id));
}

// Keeps the files themselves: the server throws its own away after some hours. Until all of them
// are here, the job can be found again.
async function keep_pictures(pictures, name) {
  kept ??= await keeping;
  try {
    for (const picture of pictures) {
      const answer = await fetch(picture.url);
      if (!answer.ok) throw new Error(answer.statusText);
      const blob = await answer.blob();
      if (!made.includes(picture)) continue;  // live, and painted over
      picture.at = Date.now();
      const { url, ...rest } = picture;
      kept.use(picture.input);
      await kept.add({ ...rest, blob });
      picture.url = URL.createObjectURL(blob);
      if (picture === current) select(picture);
    }
    strip(state.phase === "running" ? state.previews : []);
  } catch {
    return;
  }
  if (name && kept.work.job?.id === name) kept.keep({ job: null });
}

function select(picture) {
  current = picture;
  kept?.keep({ current: picture && !picture.example ? picture.id : null });
  look(picture?.url, picture ? `Picture for the words: ${picture.prompt}` : "");
  if (!picture) return;
  const save = one(".save");
  save.href = picture.url;
  save.download = picture.name;
  if (picture.map) underlay.src = picture.map;
}

function strip(previews) {
  const live = previews.length > 1 ? previews.map((url) => ({ url })) : [];
  const frames = [...live, ...made.map((picture) => ({ url: picture.url, picture }))];
  const offers = frames.length || forgotten.length ? 1 : 0;
  one(".reel").hidden = !forgotten.length && frames.length < (current ? 2 : 1);
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
  one(".forget").hidden = !offers;
  one(".forget").textContent = forgotten.length ? "Bring back" : "Forget all";
}

function frame() {
  const button = document.createElement("button");
  button.type = "button";
  button.append(document.createElement("img"));
  button.firstChild.alt = "";
  button.addEventListener("click", async () => {
    if (is_busy()) return;
    const { picture } = button;
    compare(false);
    await set_aside();
    select(picture);
    become({ phase: "done", pictures: [] });
    if (picture.parameters) trigger("recall", { parameters: picture.parameters });
    else put_fields({ prompt: picture.prompt, ...picture.settings });
    const detail = { input: picture.input, url: picture.url };
    document.dispatchEvent(new CustomEvent("sprint:recall", { detail }));
  });
  return button;
}

// A picture brings its words, settings and drawing back. What stood there before, if it is not what
// the picture shown was made from, is kept for "Back".
async function set_aside() {
  kept ??= await keeping;
  await kept.flush();
  const { fields, picture } = kept.work;
  const saved = current && fields?.prompt === (current.settings.prompt ?? current.prompt)
    && (fields.negative_prompt ?? "") === (current.settings.negative_prompt ?? "")
    && input_of_now() === current.input;
  if (saved || (!fields?.prompt?.trim() && !input_of_now())) return;
  for (const id of Object.values(picture?.inputs ?? {})) kept.use(id);
  kept.keep({ draft: { fields: { ...fields }, picture } });
  one(".back").hidden = false;
}

document.addEventListener("sprint:noted", ({ detail: { text } }) => {
  if (is_busy()) return;
  state.message = text;
  say();
});

// A picture that was made here or elsewhere, and comes back as a file.
document.addEventListener("sprint:opened", async ({ detail: { blob, name, parameters } }) => {
  if (is_busy()) return;
  await set_aside();
  const text = (value) => (typeof value === "string" ? value.slice(0, 2000) : "");
  const { seed, steps, negative_prompt } = parameters;
  const about = ["From a file"];
  if (Number.isInteger(seed)) about.push(`Seed ${seed}`);
  if (Number.isInteger(steps)) about.push(steps === 1 ? "1 step" : `${steps} steps`);
  const picture = {
    id: `opened-${fresh_name()}`, url: URL.createObjectURL(blob), name, parameters, input: null,
    prompt: text(parameters.prompt), seed: Number.isInteger(seed) ? seed : null,
    settings: { negative_prompt: text(negative_prompt) }, about: about.join(" · "), map: null,
  };
  made.unshift(picture);
  select(picture);
  become({ phase: "done", pictures: [] });
  trigger("recall", { parameters });
  keep_pictures([picture], null);
});

function put_fields(fields) {
  kept?.keep({ fields: { ...kept.work.fields, ...fields } });
  trigger("recall", { fields });
}

one(".back").addEventListener("click", () => {
  const { draft } = kept.work;
  one(".back").hidden = true;
  kept.keep({ draft: null });
  if (!draft) return;
  put_fields(draft.fields);
  document.dispatchEvent(new CustomEvent("sprint:recall", { detail: { picture: draft.picture } }));
});

// Takes the pictures out of the browser, until the page is left they can be brought back.
one(".forget").addEventListener("click", async () => {
  kept ??= await keeping;
  if (forgotten.length) {
    made.push(...forgotten);
    forgotten = [];
    for (const { url, ...picture } of made) {
      await kept.add({ ...picture, blob: await (await fetch(url)).blob() });
    }
  } else {
    forgotten = made.splice(0);
    kept.forget(forgotten.map((picture) => picture.id));
    before = null;
    if (current && !current.example && !is_busy()) {
      select(null);
      become({ phase: "empty" });
    }
  }
  strip([]);
});

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
one(".again").addEventListener("click", () => make({ seed: current.seed }));
one(".use").addEventListener("click", () => {
  document.dispatchEvent(new CustomEvent("sprint:use", {
    detail: { url: current.url, name: current.name },
  }));
});
one(".save").addEventListener("keydown", (event) => {
  if (event.key !== " " || event.repeat) return;
  event.preventDefault();  // which would scroll: this link is a button to whoever hears of it
  event.currentTarget.click();
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

// A file dropped where nobody takes it would replace the page. The window hears of it last.
for (const kind of ["dragover", "drop"]) {
  window.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files") || event.defaultPrevented) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  });
}

// What this tab and this browser kept

async function put_back() {
  kept = await keeping;
  const { before: work, pictures } = kept;
  for (const { blob, ...picture } of pictures) {
    if (!made.some((one) => one.id === picture.id)) made.push({ ...picture, url: URL.createObjectURL(blob) });
  }
  if (work.stopped) trigger("stop", { job: work.stopped });
  kept.keep({ stopped: null });
  one(".back").hidden = !work.draft;
  const last = made.find((one) => one.id === work.current);
  if (last && state.phase === "empty") {
    select(last);
    become({ phase: "done", pictures: [] });
  }
  strip([]);
  if (work.job && !job) {
    job = { ...work.job, found: true };
    become({ phase: "waiting", job: job.id });
  }
  await Promise.all([recall_fields(work), handed_in]);
  if (job?.found) {
    if (lost) return;
    trigger("resume", { job: job.id });
  }
}

async function recall_fields(work) {
  if (!work.fields) return;
  const recalled = new Promise((resolve) => {
    document.addEventListener("sprint:recalled", resolve, { once: true });
  });
  trigger("recall", { fields: work.fields });
  await recalled;
  if (work.fold) document.querySelector("#advanced .label-wrap:not(.open)")?.click();
  const words = document.querySelector("#prompt textarea");
  if (work.caret && words) {
    words.focus({ preventScroll: true });
    words.setSelectionRange(...work.caret);
  }
}

watch("value", take_news);
take_news();
put_back();
