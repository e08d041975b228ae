// Where a visitor hands in a picture: a file, a drawing or a photo. Each tab keeps its own; the
// value is that of the open tab: {file, origin}, with file null while there is nothing. The event
// `live` asks for a picture with every stroke and word.

const root = element.querySelector(".picture");
const one = (selector) => root.querySelector(selector);
const tabs = [...root.querySelectorAll("[role=tab]")];
const files = { upload: null, draw: null, camera: null };
const turns = { upload: 0, draw: 0, camera: 0 };
const live = one(".live");
let origin = "upload";

function is_live() {
  return !live.hidden && live.getAttribute("aria-pressed") === "true";
}

function publish() {
  const file = files[origin];
  props.value = { file, origin };
  document.dispatchEvent(new CustomEvent("sprint:picture", { detail: { url: file?.url ?? null } }));
  follow();
}

// Asks for a picture of the drawing so far, once Gradio has what was drawn or typed.
let asked = 0;

function follow() {
  clearTimeout(asked);
  asked = setTimeout(() => {
    const words = document.querySelector("#prompt textarea")?.value.trim();
    if (origin === "draw" && is_live() && files.draw && words) trigger("live");
  }, 50);
}

document.addEventListener("sprint:words", () => setTimeout(follow, 500));  // they come from the server
document.addEventListener("input", (event) => {
  if (event.target.closest?.("#prompt")) follow();
});

function take_back(from) {
  turns[from]++;
  files[from] = null;
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
  set_sheet(true);
}

// What the server made of the picture, which may have been replaced meanwhile.
document.addEventListener("sprint:read", ({ detail: { message, refused } }) => {
  if (!refused) return complain(message);
  const from = Object.keys(files).find((name) => files[name]?.path === refused.path);
  if (from) refuse(from, message);
});

// Sends a picture to the server. What is handed in or taken back meanwhile wins.
async function hand_in(blob, name, from) {
  const turn = ++turns[from];
  complain("");
  if (blob.size > props.max_bytes) {
    const size = Math.round(blob.size / 1e6);
    const most = Math.round(props.max_bytes / 1e6);
    refuse(from, `This file has ${size} MB, and at most ${most} MB can be read. Make it smaller first.`);
    return;
  }
  let sent;
  try {
    sent = await upload(new File([blob], name, { type: blob.type }));
  } catch {
    complain("The picture could not be sent. Check the connection and try once more.");
    return;
  }
  if (turn !== turns[from]) return;
  files[from] = {
    path: sent.path, url: sent.url, orig_name: name, size: blob.size, mime_type: blob.type,
    is_stream: false, meta: { _type: "gradio.FileData" },
  };
  if (from === origin) publish();
}

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
  if (name === "camera") start_camera(); else stop_camera();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => {
    if (origin === tab.dataset.origin) return;
    open(tab.dataset.origin);
    publish();
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

function show_chosen(url) {
  chosen.hidden = !url;
  one(".remove").disabled = !url;
  if (url) chosen.src = url; else chosen.removeAttribute("src");
}

chosen.addEventListener("error", () => { chosen.hidden = true; });
one("input[type=file]").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) choose(file, file.name);
  event.target.value = "";
});
one(".remove").addEventListener("click", () => {
  show_chosen(null);
  take_back("upload");
});
root.addEventListener("dragover", (event) => {
  event.preventDefault();
  root.classList.add("dragging");
});
root.addEventListener("dragleave", () => root.classList.remove("dragging"));
root.addEventListener("drop", (event) => {
  event.preventDefault();
  root.classList.remove("dragging");
  const [file] = event.dataTransfer.files;
  if (file) choose(file, file.name);
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData?.types.includes("text/plain")) return;
  const file = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith("image/"));
  if (!file || !root.isConnected) return;
  event.preventDefault();
  choose(file, file.name);
});

// Draw: strokes are kept, so that undo can draw them anew

const canvas = one("canvas");
const pen = canvas.getContext("2d", { willReadFrequently: true });
let strokes = [];
let ground = null;
let erasing = false;
let stroke = null;
let later = 0;

function paint() {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  if (ground) pen.drawImage(ground, 0, 0, canvas.width, canvas.height);
  strokes.forEach(paint_stroke);
  const blank = !strokes.length && !ground;
  one(".draw-hint").hidden = !blank;
  one(".undo").disabled = !strokes.length;
  one(".clear").disabled = blank;
}

function paint_stroke({ points, erase }) {
  pen.strokeStyle = erase ? "#fff" : "#1b1a19";
  pen.lineWidth = Math.min(canvas.width, canvas.height) * (erase ? 0.07 : 0.022);
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...points[0]);
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i], [next_x, next_y] = points[i + 1];
    pen.quadraticCurveTo(x, y, (x + next_x) / 2, (y + next_y) / 2);
  }
  pen.lineTo(...points[points.length - 1]);
  pen.stroke();
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [
    ((event.clientX - box.left) * canvas.width) / box.width,
    ((event.clientY - box.top) * canvas.height) / box.height,
  ];
}

function drawn() {
  paint();
  clearTimeout(later);
  if (!strokes.length && !ground) {
    take_back("draw");
    return;
  }
  const send = () => canvas.toBlob((blob) => hand_in(blob, "drawing.png", "draw"));
  later = setTimeout(send, is_live() ? 50 : 300);
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  canvas.setPointerCapture(event.pointerId);
  stroke = { points: [place(event)], erase: erasing };
  strokes.push(stroke);
  paint();
});
canvas.addEventListener("pointermove", (event) => {
  if (!stroke) return;
  for (const part of event.getCoalescedEvents?.() ?? [event]) stroke.points.push(place(part));
  paint();
});
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, () => {
    if (!stroke) return;
    stroke = null;
    drawn();
  });
}
for (const [name, wipes] of [["pen", false], ["eraser", true]]) {
  one(`.${name}`).addEventListener("click", () => {
    erasing = wipes;
    one(".pen").setAttribute("aria-pressed", !wipes);
    one(".eraser").setAttribute("aria-pressed", wipes);
  });
}
live.hidden = !props.live;
live.addEventListener("click", () => {
  live.setAttribute("aria-pressed", live.getAttribute("aria-pressed") === "false");
  follow();
});
one(".undo").addEventListener("click", () => { strokes.pop(); drawn(); });
one(".clear").addEventListener("click", () => { strokes = []; ground = null; drawn(); });

// Camera

const video = one("video");
const taken = one(".taken");

async function start_camera() {
  if (files.camera) return;
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
    if (origin !== "camera") return stop_camera();
    video.hidden = false;
    one(".camera-words").hidden = true;
    // A photo taken before the first frame would be empty.
    if (!video.videoWidth) {
      await new Promise((ready) => video.addEventListener("loadeddata", ready, { once: true }));
    }
    one(".take").disabled = false;
  } catch {
    one(".camera-words").textContent =
      "The camera is not available here. Allow it in the browser, or upload a picture.";
  }
}

function stop_camera() {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  video.hidden = true;
}

one(".take").addEventListener("click", () => {
  if (files.camera) {
    taken.hidden = true;
    one(".take").textContent = "Take the photo";
    take_back("camera");
    start_camera();
    return;
  }
  const photo = document.createElement("canvas");
  photo.width = video.videoWidth;
  photo.height = video.videoHeight;
  const mirror = photo.getContext("2d");
  mirror.scale(-1, 1);
  mirror.drawImage(video, -photo.width, 0);
  stop_camera();
  photo.toBlob((blob) => {
    taken.src = URL.createObjectURL(blob);
    taken.hidden = false;
    one(".take").textContent = "Take another";
    hand_in(blob, "photo.jpg", "camera");
  }, "image/jpeg", 0.92);
});

// What comes from elsewhere: an example's picture, a result to go on from

function adopt({ file, origin: from }) {
  files[from] = file;
  open(from);
  if (from === "upload") show_chosen(file.url);
  if (from === "draw") {
    const image = new Image();
    image.onload = () => { ground = image; strokes = []; paint(); };
    image.src = file.url;
  }
  document.dispatchEvent(new CustomEvent("sprint:picture", { detail: { url: file.url } }));
}

watch("value", () => {
  const { value } = props;
  if (value?.file && value.file.path !== files[value.origin]?.path) adopt(value);
});

document.addEventListener("sprint:use", async (event) => {
  if (!root.isConnected) return;
  const answer = await fetch(event.detail.url);
  choose(await answer.blob(), event.detail.name);
});

// On a phone this is a sheet over the page

const sheet = element.closest("#input");
const set_sheet = (shown) => sheet?.classList.toggle("open", shown);
document.addEventListener("sprint:sheet", () => {
  set_sheet(true);
  tabs.find((tab) => tab.tabIndex === 0).focus();
});
one(".sheet-done").addEventListener("click", () => set_sheet(false));
root.addEventListener("keydown", (event) => { if (event.key === "Escape") set_sheet(false); });

paint();
if (props.value) open(props.value.origin);
