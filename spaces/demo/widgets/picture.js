// Where a visitor hands in a picture: a file, a drawing or a photo. Each tab keeps its own; the
// value is that of the open tab: {file, origin}, with file null while there is nothing.

// What comes from elsewhere: an example's picture, a result to go on from

async function adopt({ file, origin: from }) {
  following.leave();
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
    if (from === "draw") moments.restore(null, null);
    return;
  }
  const { ground, strokes } = input.sketch ?? {};
  const seen = from === "draw" ? ground : input.blob;
  await show(from, seen && URL.createObjectURL(seen), strokes);
  if (from === "draw") moments.restore(input.lapse, sketch.ground);
}

async function put_back({ origin: from, live: was_live, inputs: ids }) {
  if (!live.hidden) live.setAttribute("aria-pressed", was_live);
  for (const name of Object.keys(files)) await put_in(name, ids[name]);
  open(from);
  if (unsent[from]) await send_rest(); else publish({ quietly: true });
}

async function recall({ picture, input: id, url }) {
  following.leave();
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

// A drawing's strokes from a link; null where nothing was drawn.
async function redraw(strokes) {
  following.leave();
  await put_in("draw", null);
  if (!strokes) {
    await put_in(origin, null);
    return publish({ quietly: true });
  }
  sketch.restore(null, strokes);
  offer_steps();
  open("draw");
  await wait_for(hand_in_drawing());
}

document.addEventListener("sprint:recall", ({ detail }) => { wait_for(recall(detail)); });

keeping.then(async ({ before }) => {
  const untouched = Object.values(turns).every((turn) => !turn);
  if (before.picture && untouched) await put_back(before.picture);
  meet("picture").offer({ settle, redraw, lapse: () => lapse_of(moments.all(), canvas) });
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
