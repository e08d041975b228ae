// What is handed in: each tab keeps its own picture, which the server is sent and this browser keeps.

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

async function settle() {
  if (later) hand_in_drawing();
  await arrived();
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
  const lapse = drawn && moments.kept(sketch.by_now);
  wait_for(remember(from, { blob, name, sketch: drawn, lapse, map_of, colours }));
  await send({ blob, name, map_of, colours }, from, { quietly: from === "draw" });
}

// There may be no connection, which is said when it is back, or too many may be sending something.
const PAUSE = 5e3;
const MOST_REFUSALS = 8;
let refusals = 0;

async function send(input, from, options = {}) {
  const { blob, name, map_of = null, colours = null, painted = null, painted_for = null } = input;
  const turn = turns[from];
  let sent, sent_colours, sent_map;
  try {
    sent = await upload(new File([blob], name, { type: blob.type }));
    if (colours) {
      const more = await upload(new File([colours], "colours.png", { type: "image/png" }));
      sent_colours = file_data(more, colours, "colours.png");
    }
    if (painted) sent_map = await send_map(painted);
  } catch {
    if (turn !== turns[from]) return;  // another one has its place
    unsent[from] = { blob, name, map_of, colours, painted, painted_for };
    complain("The picture could not be sent. It is sent again as soon as that is possible.");
    if (++refusals <= MOST_REFUSALS) setTimeout(send_rest, PAUSE * refusals);
    return;
  }
  refusals = 0;
  if (turn !== turns[from]) return;
  files[from] = file_data(sent, blob, name);
  extras[from] = map_of ? { map_of, colours: sent_colours } : {};
  if (painted) Object.assign(extras[from], { painted: sent_map, painted_for });
  if (from === origin) publish(options);
}

// Its map, as it was painted on; null takes that back. Another picture has its own.
let paintings = 0;

async function send_map(painted) {
  const sent = await upload(new File([painted], "map.png", { type: "image/png" }));
  return file_data(sent, painted, "map.png");
}

async function take_map({ blob: painted, control }) {
  const from = origin;
  const turn = turns[from];
  const mine = ++paintings;
  const painted_for = painted && control;
  try {
    const sent = painted && await send_map(painted);
    if (turn !== turns[from] || mine !== paintings) return;
    Object.assign(extras[from], { painted: sent, painted_for });
  } catch {
    return complain("What you painted could not be sent. Paint once more.");
  }
  if (from === origin) publish({ quietly: true });
  const input = inputs[from] && await (await keeping).input(inputs[from]);
  if (input && turn === turns[from]) await remember(from, { ...input, painted, painted_for });
}

document.addEventListener("sprint:map-painted", ({ detail }) => { wait_for(take_map(detail)); });

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
