// The control map: shown beside the picture by a button, and large, in the result's place, by a
// press on it. It never lies over the picture, where strokes begin. It can be painted on: what it
// becomes is handed in with the picture, until another one is, or it is taken back.

const STROKE = 300;  // milliseconds until a stroke is sent: another one may follow
const see = element.querySelector(".see");
const box = element.querySelector(".map");
const view = element.querySelector(".map-view");
const image = view.querySelector("img");
const canvas = element.querySelector("canvas");
const tool = (name) => box.querySelector(`.${name}`);
const brush = make_brush(canvas, painted);
let open = false;
let painting = false;
let ground = null;  // the map that is painted on
let of_picture = null;
let later = 0;

function show() {
  const { image: map = null, label = "", message = "", refused = null, changed_by = [] } = props.value ?? {};
  // The fold shows what this map would be another one with.
  document.querySelector("#studio").dataset.mapOptions = changed_by.join(" ");
  if (map || message) {
    document.dispatchEvent(new CustomEvent("sprint:read", { detail: { message, refused } }));
  }
  if (!map) painting = false;
  see.disabled = !map;
  see.setAttribute("aria-expanded", open);
  box.hidden = !open || !map;
  if (!map) return;
  if (!painting) image.src = map;
  image.alt = `What the model sees: ${label}`;
  box.querySelector("figcaption").textContent = label;
  offer();
}

function offer() {
  box.dataset.painting = painting;
  tool("paint").setAttribute("aria-pressed", painting);
  tool("painting").hidden = canvas.hidden = !painting;
  tool("unpaint").disabled = brush.is_blank;
  tool("as-read").hidden = !props.value?.painted;
}

async function paint() {
  painting = !painting;
  if (!painting) return show();
  ground = new Image();
  ground.src = props.value.image;
  await ground.decode();
  const scale = Math.max(1, Math.round(512 / ground.naturalWidth));
  [canvas.width, canvas.height] = [scale * ground.naturalWidth, scale * ground.naturalHeight];
  brush.begin(null);
  offer();
}

function painted() {
  offer();
  clearTimeout(later);
  later = setTimeout(hand_over, STROKE);
}

async function settle() {
  if (later) await hand_over();
}

async function hand_over() {
  clearTimeout(later);
  later = 0;
  const { control, painted: was } = props.value;
  const blob = brush.is_blank && !was ? null : await brush.over(ground);
  tell({ blob, control });
}

function tell(detail) {
  document.dispatchEvent(new CustomEvent("sprint:map-painted", { detail }));
}

function choose(name) {
  for (const other of ["more", "less"]) tool(other).setAttribute("aria-pressed", other === name);
  brush.inked(name === "more" ? "#fff" : "#000");
}

see.addEventListener("click", () => {
  open = !open;
  show();
  if (open) box.scrollIntoView({ block: "nearest" });
});
view.addEventListener("click", () => {
  const { image: url, label } = props.value;
  document.dispatchEvent(new CustomEvent("sprint:closer", { detail: { url, label } }));
});
tool("paint").addEventListener("click", paint);
tool("more").addEventListener("click", () => choose("more"));
tool("less").addEventListener("click", () => choose("less"));
tool("unpaint").addEventListener("click", brush.undo);
const size = tool("painting").querySelector("input");
size.addEventListener("input", () => brush.sized(size.value / 100));
tool("as-read").addEventListener("click", () => {
  clearTimeout(later);
  later = 0;
  painting = false;
  tell({ blob: null, control: null });
});
document.addEventListener("sprint:picture", ({ detail: { url } }) => {
  if (url === of_picture) return;
  of_picture = url;
  clearTimeout(later);
  later = 0;
  painting = false;
  offer();
});

meet("map").offer({ settle });
choose("more");
brush.sized(size.value / 100);
watch("value", show);
show();
