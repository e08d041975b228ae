// The picture to start from, and the part of it that is painted over. The value is {file, mask};
// without a mask all of the picture changes. "Make it" waits for what is on its way to the server.

const root = element.querySelector(".start");
const one = (selector) => root.querySelector(selector);
const picture = one("img");
const canvas = one("canvas");
const STROKE = 300;  // milliseconds until a stroke is sent: another one may follow
const keeping = meet("keeping").promise;
let turn = 0;  // counts pictures, so that a late answer about one before is left alone
let stroked = 0;  // and this masks
let file = null;
let mask = null;
let painting = false;
let kept_as = null;
let later = 0;
const brush = make_brush(canvas, painted);

function unfold(is_open) {
  root.dataset.open = is_open;
  one(".fold").setAttribute("aria-expanded", is_open);
}

async function settle() {
  if (later) hand_in_mask();
  await arrived();
}

function publish() {
  props.value = { file, mask: painting ? mask : null };
}

function complain(sentence) {
  one(".problem").textContent = sentence;
  one(".problem").hidden = !sentence;
}

function offer() {
  const has_picture = !one(".sheet").hidden;
  one(".drop").hidden = has_picture;
  one(".tools").hidden = !has_picture;
  root.dataset.painting = painting;
  one(".over").setAttribute("aria-pressed", painting);
  for (const tool of [".size", ".unpaint", ".unpaint-all"]) one(tool).hidden = !painting;
  one(".unpaint").disabled = one(".unpaint-all").disabled = brush.is_blank;
  one(".words").hidden = !has_picture;
  one(".words").textContent = !painting
    ? "All of it changes, as much as is said below."
    : brush.is_blank
      ? "Paint over what is to change."
      : "What you painted over changes; the rest stays as it is.";
}

async function sent(blob, name) {
  const { path, url } = await upload(new File([blob], name, { type: blob.type }));
  return {
    path, url, orig_name: name, size: blob.size, mime_type: blob.type,
    is_stream: false, meta: { _type: "gradio.FileData" },
  };
}

async function loaded(blob) {
  picture.src = URL.createObjectURL(blob);
  await picture.decode();
  const { naturalWidth: width, naturalHeight: height } = picture;
  const scale = Math.min(1, MASK_SIDE / Math.max(width, height));
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  one(".sheet").style.aspectRatio = `${width} / ${height}`;
}

// A picture, with the mask that came with it.
async function begin(blob, name, came_with = null) {
  const mine = ++turn;
  stroked++;
  clearTimeout(later);
  later = 0;
  complain("");
  if (blob.size > props.max_bytes) {
    const [size, most] = [blob.size, props.max_bytes].map((bytes) => Math.round(bytes / 1e6));
    return complain(`This file has ${size} MB, and at most ${most} MB can be read. Make it smaller first.`);
  }
  try {
    await loaded(blob);
  } catch {
    return complain("This file is no picture that can be shown here. Choose a PNG, JPEG, WebP or GIF.");
  }
  if (mine !== turn) return;
  [file, mask] = [null, null];
  one(".sheet").hidden = false;
  painting = props.paints || Boolean(came_with);
  brush.begin(came_with && await image_of(came_with));
  offer();
  wait_for(remember(blob, name, came_with));
  try {
    const [picture_sent, mask_sent] = await Promise.all([
      sent(blob, name), came_with && sent(came_with, "mask.png"),
    ]);
    if (mine !== turn) return;
    [file, mask] = [picture_sent, mask ?? mask_sent];
    publish();
  } catch {
    if (mine === turn) complain("The picture could not be sent. Choose it once more.");
  }
}

async function image_of(blob) {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  return image.decode().then(() => image, () => null);
}

function painted() {
  offer();
  clearTimeout(later);
  later = setTimeout(hand_in_mask, STROKE);
}

function hand_in_mask() {
  clearTimeout(later);
  later = 0;
  wait_for(send_mask());
}

async function send_mask() {
  const mine = ++stroked;
  if (brush.is_blank) {
    mask = null;
    return publish();
  }
  const blob = await brush.file(picture.naturalWidth, picture.naturalHeight);
  try {
    const came = await sent(blob, "mask.png");
    if (mine !== stroked) return;
    mask = came;
    publish();
    const shown = await (await fetch(picture.src)).blob();
    await remember(shown, file?.orig_name ?? "picture.png", blob);
  } catch {
    if (mine === stroked) complain("What you painted could not be sent. Paint once more.");
  }
}

function remove() {
  turn++;
  stroked++;
  clearTimeout(later);
  later = 0;
  [file, mask, painting] = [null, null, false];
  one(".sheet").hidden = true;
  picture.removeAttribute("src");
  brush.begin(null);
  complain("");
  offer();
  publish();
  forget();
}

// What is kept: a reload finds it again.

async function remember(blob, name, painted_over) {
  const kept = await keeping;
  kept_as = await kept.put_input({ blob, name, origin: "start", colours: painted_over }, kept_as);
  kept.keep({ start: { input: kept_as } });
}

async function forget() {
  kept_as = null;
  (await keeping).keep({ start: null });
}

// A picture that was made here brings back what it was started from, where the page takes it.
async function take(blob, name) {
  const recipe = await read_recipe(blob).catch(() => null);
  if (recipe?.init_image && props.alone) {
    const { parameters } = recipe;
    document.dispatchEvent(new CustomEvent("sprint:opened", { detail: { blob, name, parameters } }));
    return;
  }
  await begin(blob, name);
}

async function put_back(recipe) {
  if (!recipe?.init_image) return one(".sheet").hidden ? undefined : remove();
  unfold(true);
  await begin(recipe.init_image, "start.png", recipe.mask);
}

document.addEventListener("sprint:opened", ({ detail: { blob } }) => {
  wait_for(read_recipe(blob).catch(() => null).then(put_back));
});
document.addEventListener("sprint:recall", ({ detail: { url } }) => {
  if (url) wait_for(fetch(url).then((answer) => answer.blob()).then(read_recipe).catch(() => null).then(put_back));
});

// Where there is no other place for it, a result that is to be gone on from comes here.
document.addEventListener("sprint:use", ({ detail: { url, name } }) => {
  if (!props.alone || !root.isConnected) return;
  wait_for(fetch(url).then((answer) => answer.blob()).then((blob) => begin(blob, name)));
});

one("input[type=file]").addEventListener("change", (event) => {
  const [chosen] = event.target.files;
  if (chosen) wait_for(take(chosen, chosen.name || "picture.png"));
  event.target.value = "";
});
one(".over").addEventListener("click", () => {
  painting = !painting;
  offer();
  brush.show();
  publish();
});
one(".size input").addEventListener("input", (event) => brush.sized(event.target.value / 100));
one(".unpaint").addEventListener("click", brush.undo);
one(".unpaint-all").addEventListener("click", brush.clear);
one(".leave").addEventListener("click", remove);

one(".fold").addEventListener("click", () => unfold(root.dataset.open === "false"));
one(".fold").hidden = !props.folds;
unfold(props.opens);
brush.sized(one(".size input").value / 100);
offer();
keeping.then(async ({ before, input }) => {
  const kept = before.start?.input && !turn && await input(before.start.input);
  if (kept && !turn) {
    kept_as = before.start.input;
    unfold(true);
    await wait_for(begin(kept.blob, kept.name, kept.colours));
  }
  meet("start").offer({ settle });
});
