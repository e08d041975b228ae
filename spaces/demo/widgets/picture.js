// Where a visitor hands in a picture: a file, a drawing or a photo. Each tab keeps its own; the
// value is that of the open tab: {file, origin}, with file null while there is nothing. The event
// `live` asks for a picture with every stroke and word.

const root = element.querySelector(".picture");
const one = (selector) => root.querySelector(selector);
const tabs = [...root.querySelectorAll("[role=tab]")];
const files = { upload: null, draw: null, camera: null };
const turns = { upload: 0, draw: 0, camera: 0 };
const extras = { upload: {}, draw: {}, camera: {} };  // a picture may be a control map already
const inputs = { upload: null, draw: null, camera: null };  // the names under which they are kept
const unsent = { upload: null, draw: null, camera: null };
const keeping = meet("keeping").promise;
const live = one(".live");
const TAKEN_IN = 50;  // milliseconds until Gradio has what was drawn or typed
let origin = "upload";

function is_live() {
  return !live.hidden && live.getAttribute("aria-pressed") === "true";
}

function publish({ quietly = false } = {}) {
  const file = files[origin];
  props.value = { file, origin, ...extras[origin] };
  document.dispatchEvent(new CustomEvent("sprint:picture", { detail: { url: file?.url ?? null } }));
  note();
  if (!quietly) follow();
}

// What is handed in, as it is found again by this tab.
async function note() {
  (await keeping).keep({ picture: { origin, live: is_live(), inputs: { ...inputs } } });
}

async function remember(from, input) {
  const turn = turns[from];
  const kept = await keeping;
  const id = input && await kept.put_input({ ...input, origin: from }, inputs[from]);
  if (turn !== turns[from]) return;
  inputs[from] = id;
  await note();
}

// Asks for a picture of the drawing so far.
let asked = 0;

function follow() {
  clearTimeout(asked);
  asked = setTimeout(() => {
    if (origin !== "draw" || !is_live() || !files.draw) return want(false);
    const words = document.querySelector("#prompt textarea")?.value.trim();
    want(!words && !props.wordless);
    if (words || props.wordless) trigger("live");
  }, TAKEN_IN);
}

// Asks for the words without which no picture comes.
function want(words) {
  one(".wanting").hidden = !words;
  if (words) document.dispatchEvent(new CustomEvent("sprint:wanting"));
}

one(".wanting").addEventListener("click", () => document.querySelector("#prompt textarea")?.focus());

document.addEventListener("sprint:words", () => setTimeout(follow, 500));  // they come from the server
document.addEventListener("input", (event) => {
  if (event.target.closest?.("#prompt")) follow();
});

function take_back(from) {
  turns[from]++;
  files[from] = unsent[from] = inputs[from] = null;
  extras[from] = {};
  publish();
}

function complain(sentence) {
  one(".problem").textContent = sentence;
  one(".problem").hidden = !sentence;
}

// Takes a picture away, as its visitor would, and says why.
function refuse(from, sentence) {
  one({ upload: ".remove", draw: ".clear", camera: ".take" }[from]).click();
  complain(sentence);
}

// What the server made of the picture, which may have been replaced meanwhile.
document.addEventListener("sprint:read", ({ detail: { message, refused } }) => {
  if (!refused) return complain(message);
  const from = Object.keys(files).find((name) => files[name]?.path === refused.path);
  if (from) refuse(from, message);
});

// What is on its way to the server: a press of "Make it" waits for it.
const on_its_way = new Set();

function wait_for(promise) {
  on_its_way.add(promise);
  return promise.finally(() => on_its_way.delete(promise));
}

async function settle() {
  if (later) hand_in_drawing();
  if (!on_its_way.size) return;
  while (on_its_way.size) await Promise.allSettled(on_its_way);
  await new Promise((resolve) => setTimeout(resolve, TAKEN_IN));
}

// Keeps a picture and sends it to the server. What is handed in or taken back meanwhile wins.
async function hand_in(blob, name, from, { map_of = null, colours = null } = {}) {
  turns[from]++;
  unsent[from] = null;
  complain("");
  if (blob.size > props.max_bytes) {
    const size = Math.round(blob.size / 1e6);
    const most = Math.round(props.max_bytes / 1e6);
    refuse(from, `This file has ${size} MB, and at most ${most} MB can be read. Make it smaller first.`);
    return;
  }
  const drawn = from === "draw" ? await sketch_of_now() : null;
  wait_for(remember(from, { blob, name, sketch: drawn, map_of, colours }));
  await send({ blob, name, map_of, colours }, from);
}

// There may be no connection, which is said when it is back, or too many may be sending something.
const PAUSE = 5e3;
const MOST_REFUSALS = 8;
let refusals = 0;

async function send({ blob, name, map_of = null, colours = null }, from, options = {}) {
  const turn = turns[from];
  let sent, sent_colours;
  try {
    sent = await upload(new File([blob], name, { type: blob.type }));
    if (colours) {
      const more = await upload(new File([colours], "colours.png", { type: "image/png" }));
      sent_colours = file_data(more, colours, "colours.png");
    }
  } catch {
    if (turn !== turns[from]) return;  // another one has its place
    unsent[from] = { blob, name, map_of, colours };
    complain("The picture could not be sent. It is sent again as soon as that is possible.");
    if (++refusals <= MOST_REFUSALS) setTimeout(send_rest, PAUSE * refusals);
    return;
  }
  refusals = 0;
  if (turn !== turns[from]) return;
  files[from] = file_data(sent, blob, name);
  extras[from] = map_of ? { map_of, colours: sent_colours } : {};
  if (from === origin) publish(options);
}

function file_data(sent, blob, name) {
  return {
    path: sent.path, url: sent.url, orig_name: name, size: blob.size, mime_type: blob.type,
    is_stream: false, meta: { _type: "gradio.FileData" },
  };
}

// What was kept, or could not be sent, goes to the server when it is needed.
async function send_rest() {
  const from = origin;
  const rest = unsent[from];
  unsent[from] = null;
  if (rest) await wait_for(send(rest, from, { quietly: true }));
}

document.addEventListener("sprint:connection", ({ detail: { lost } }) => { if (!lost) send_rest(); });

// Tabs

function open(name) {
  origin = name;
  root.dataset.origin = name;
  for (const tab of tabs) {
    const chosen = tab.dataset.origin === name;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
  }
  for (const part of root.querySelectorAll("[role=tabpanel], .tools > [data-origin]")) {
    part.hidden = part.dataset.origin !== name;
  }
  complain("");
  look_through();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => {
    if (origin === tab.dataset.origin) return;
    open(tab.dataset.origin);
    publish();
    send_rest();
    bring_together();
  });
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
}

// Upload: choose, drop, paste

const chosen = one(".chosen");

function choose(blob, name) {
  if (origin !== "upload") open("upload");
  show_chosen(URL.createObjectURL(blob));
  return hand_in(blob, name || "picture.png", "upload");
}

// A picture that was made here brings back all that it was made from, unless it is asked to be a
// picture like any other.
let opened = null;

function take(blob, name) {
  return wait_for(take_in(blob, name));
}

async function take_in(blob, name) {
  const recipe = await read_recipe(blob).catch(() => null);
  if (!recipe) return choose(blob, name);
  opened = { blob, name };
  const { parameters } = recipe;
  document.dispatchEvent(new CustomEvent("sprint:opened", { detail: { blob, name, parameters } }));
  await bring_map(recipe);
  one(".instead").hidden = false;
}

async function bring_map({ parameters, controls }) {
  const told = Array.isArray(parameters.controls) ? parameters.controls : [];
  const lead = told.map((one) => one?.name).find((name) => controls[name] && props.controls.includes(name));
  if (lead) {
    const colours = lead === props.colours ? null : (controls[props.colours] ?? null);
    open("upload");
    show_chosen(URL.createObjectURL(controls[lead]));
    await hand_in(controls[lead], "map.png", "upload", { map_of: lead, colours });
    return;
  }
  await put_in(origin, null);
  publish({ quietly: true });
  if (told.length) {
    complain("This picture does not carry a control map that can be used here. Its words and settings were taken.");
  }
}

one(".instead").addEventListener("click", () => {
  const { blob, name } = opened;
  wait_for(choose(blob, name));
});

function show_chosen(url) {
  one(".instead").hidden = true;
  chosen.hidden = !url;
  one(".remove").disabled = !url;
  if (url) chosen.src = url; else chosen.removeAttribute("src");
}

chosen.addEventListener("error", () => { chosen.hidden = true; });
one("input[type=file]").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) take(file, file.name);
  event.target.value = "";
});
one(".remove").addEventListener("click", () => {
  show_chosen(null);
  take_back("upload");
});
// A file may be dropped anywhere: beside the box the browser would leave the page for it.
const carries_file = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  if (!root.isConnected || !carries_file(event)) return;
  event.preventDefault();
  root.classList.add("dragging");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) root.classList.remove("dragging");
});
document.addEventListener("drop", (event) => {
  root.classList.remove("dragging");
  if (!root.isConnected || !carries_file(event)) return;
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file) take(file, file.name);
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData?.types.includes("text/plain")) return;
  const file = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith("image/"));
  if (!file || !root.isConnected) return;
  event.preventDefault();
  take(file, file.name);
});

// Draw

const canvas = one("canvas");
const sketch = make_sketch(canvas, drawn);
let later = 0;

function offer_steps() {
  one(".draw-hint").hidden = !sketch.is_blank;
  one(".undo").disabled = !sketch.can_undo;
  one(".redo").disabled = !sketch.can_redo;
  one(".clear").disabled = sketch.is_blank;
}

function drawn({ begun = false } = {}) {
  offer_steps();
  if (begun) return;
  forget_later();
  if (sketch.is_blank) {
    take_back("draw");
    return;
  }
  bring_together();
  later = setTimeout(hand_in_drawing, is_live() ? 50 : 300);
}

function forget_later() {
  clearTimeout(later);
  later = 0;
}

function hand_in_drawing() {
  forget_later();
  const painted = new Promise((resolve) => canvas.toBlob(resolve));
  wait_for(painted.then((blob) => hand_in(blob, "drawing.png", "draw")));
}

// On a phone the result stands above and the canvas below: both are seen while a finger draws.
function bring_together() {
  const studio = root.closest("#studio");
  if (!studio || !matchMedia("(max-width: 640px)").matches) return;
  const { top } = studio.getBoundingClientRect();
  const { bottom } = one(".tools").getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) studio.scrollIntoView({ block: "start" });
}

for (const [name, wipes] of [["pen", false], ["eraser", true]]) {
  one(`.${name}`).addEventListener("click", () => {
    sketch.erase(wipes);
    one(".pen").setAttribute("aria-pressed", !wipes);
    one(".eraser").setAttribute("aria-pressed", wipes);
  });
}
live.hidden = !props.live;
live.addEventListener("click", () => {
  live.setAttribute("aria-pressed", live.getAttribute("aria-pressed") === "false");
  note();
  follow();
});
for (const step of ["undo", "redo", "clear"]) one(`.${step}`).addEventListener("click", sketch[step]);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=range], [type=checkbox]), textarea, [contenteditable]");
  if (typing || origin !== "draw" || !root.isConnected) return;
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  const step = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[key];
  if (!step) return;
  event.preventDefault();
  sketch[step]();
});

// Camera

const video = one("video");
const taken = one(".taken");
const camera = make_camera(video);

// On while the tab is open and seen, and no photo is taken yet.
async function look_through(start = camera.start) {
  const wanted = origin === "camera" && taken.hidden && !document.hidden;
  video.hidden = true;
  one(".camera-words").hidden = !taken.hidden;
  one(".take").disabled = taken.hidden;
  if (!wanted) {
    one(".turn").hidden = true;
    camera.stop();
    return;
  }
  one(".camera-words").textContent = "The camera starts when you allow it.";
  try {
    if (!await start()) return;
    video.hidden = false;
    one(".camera-words").hidden = true;
    one(".take").disabled = false;
    one(".turn").hidden = !camera.has_others;
  } catch {
    one(".camera-words").textContent =
      "The camera is not available here. Allow it in the browser, or upload a picture.";
  }
}

function show_taken(url) {
  taken.hidden = !url;
  if (url) taken.src = url; else taken.removeAttribute("src");
  one(".take").textContent = url ? "Take another" : "Take the photo";
}

one(".turn").addEventListener("click", () => look_through(camera.next));
one(".take").addEventListener("click", async () => {
  if (!taken.hidden) {
    show_taken(null);
    take_back("camera");
    look_through();
    return;
  }
  one(".take").disabled = true;
  const photo = await camera.photo();
  show_taken(URL.createObjectURL(photo));
  look_through();
  wait_for(hand_in(photo, "photo.jpg", "camera"));
});
document.addEventListener("visibilitychange", () => { look_through(); });

// What comes from elsewhere: an example's picture, a result to go on from

async function adopt({ file, origin: from }) {
  const turn = ++turns[from];
  files[from] = file;
  extras[from] = {};
  unsent[from] = null;
  show(from, file.url);
  open(from);
  document.dispatchEvent(new CustomEvent("sprint:picture", { detail: { url: file.url } }));
  const blob = await (await fetch(file.url)).blob().catch(() => null);
  if (!blob || turn !== turns[from]) return;
  const sketch = from === "draw" ? { ground: blob, strokes: [] } : null;
  remember(from, { blob, name: file.orig_name ?? "picture.png", sketch });
}

async function show(from, url, strokes = []) {
  if (from === "camera") show_taken(url);
  if (from === "upload") show_chosen(url);
  if (from === "draw") {
    sketch.restore(url && await picture_at(url), strokes);
    offer_steps();
  }
}

function picture_at(url) {
  const image = new Image();
  image.src = url;
  return image.decode().then(() => image, () => null);
}

const grounds = new WeakMap();

async function sketch_of_now() {
  const { ground, strokes } = sketch;
  if (ground && !grounds.has(ground)) {
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [ground.naturalWidth, ground.naturalHeight];
    copy.getContext("2d").drawImage(ground, 0, 0);
    grounds.set(ground, await new Promise((resolve) => copy.toBlob(resolve)));
  }
  return { ground: ground && grounds.get(ground), strokes };
}

// What was kept

async function put_in(from, id) {
  const input = id && await (await keeping).input(id);
  turns[from]++;
  files[from] = null;
  extras[from] = {};
  inputs[from] = input ? id : null;
  unsent[from] = input ?? null;
  if (!input) {
    if (from !== "draw") show(from, null);
    else if (!sketch.is_blank) show(from, null);
    return;
  }
  const { ground, strokes } = input.sketch ?? {};
  const seen = from === "draw" ? ground : input.blob;
  await show(from, seen && URL.createObjectURL(seen), strokes);
}

async function put_back({ origin: from, live: was_live, inputs: ids }) {
  if (!live.hidden) live.setAttribute("aria-pressed", was_live);
  for (const name of Object.keys(files)) await put_in(name, ids[name]);
  open(from);
  if (unsent[from]) await send_rest(); else publish({ quietly: true });
}

async function recall({ picture, input: id, url }) {
  if (picture) return put_back(picture);
  const input = id && await (await keeping).input(id);
  if (!input) {
    const recipe = await fetch(url).then((answer) => answer.blob()).then(read_recipe).catch(() => null);
    if (recipe) return bring_map(recipe);
  }
  const from = input?.origin ?? origin;
  await put_in(from, id);
  open(from);
  if (unsent[from]) await send_rest(); else publish({ quietly: true });
}

document.addEventListener("sprint:recall", ({ detail }) => { wait_for(recall(detail)); });

keeping.then(async ({ before }) => {
  const untouched = Object.values(turns).every((turn) => !turn);
  if (before.picture && untouched) await put_back(before.picture);
  meet("picture").offer({ settle });
});

watch("value", () => {
  const { value } = props;
  if (value?.file && value.file.path !== files[value.origin]?.path) adopt(value);
});

document.addEventListener("sprint:use", ({ detail: { url, name } }) => {
  if (!root.isConnected) return;
  const picture = fetch(url).then((answer) => answer.blob());
  wait_for(picture.then((blob) => choose(blob, name)));
});

offer_steps();
if (props.value) open(props.value.origin);
