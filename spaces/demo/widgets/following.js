// Live drawing on the page: when a picture of the drawing is asked for, and what then comes.

const moments = make_moments(() => document.dispatchEvent(new CustomEvent("sprint:moments")));
const following = make_live({ look: seen_now, arrived: painted });
let resting = 0;
const SMALLER = 256;  // pixels of the shorter side

const words_now = () => document.querySelector("#prompt textarea")?.value ?? "";
const is_followed = () => (origin === "draw" && is_live() && !sketch.is_blank) || camera_follows();
const can_follow = () => is_followed() && Boolean(props.wordless || words_now().trim());

function follow({ rests = true } = {}) {
  clearTimeout(resting);
  root.dataset.follows = can_follow();
  want(rests && is_followed() && !can_follow());
  if (!can_follow()) return;
  if (rests) following.rests(); else following.moved();
}

async function seen_now() {
  if (!can_follow()) return null;
  moments.asked(origin === "draw" ? sketch.by_now : null);
  const fields = { ...(await keeping).fields(), prompt: words_now() };
  if (document.querySelector("#beside")) fields.beside = (await meet("beside").promise).rows();
  // A photograph does not deflate: a smaller one shows as much of what the model sees.
  const seen = origin === "camera" ? smaller(video) : sketch.ground ? smaller(canvas) : canvas;
  return { origin, fields, drawing: await pixels_of(seen) };
}

function smaller(source) {
  const copy = document.createElement("canvas");
  const [wide, high] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
  const scale = SMALLER / Math.min(canvas.width, canvas.height);
  [copy.width, copy.height] = [Math.round(scale * canvas.width), Math.round(scale * canvas.height)];
  const cover = Math.max(copy.width / wide, copy.height / high);  // as the server fits it
  const [w, h] = [cover * wide, cover * high];
  copy.getContext("2d").drawImage(source, (copy.width - w) / 2, (copy.height - h) / 2, w, h);
  return copy;
}

// A picture that stays is told of once the drawing is kept, which it is found with later.
async function painted(stage, { is_newest }) {
  const is_whole = stage.phase !== "following";
  if (later && is_newest() && is_whole) await hand_in_drawing();
  if (is_whole && !is_newest()) return;
  if (stage.previews?.length) moments.came(stage.previews[0]);
  if (is_whole && inputs.draw) wait_for(keep_moments(inputs.draw));
  const { root: address } = window.gradio_config;
  for (const { file } of stage.pictures ?? []) {
    if (file.url.startsWith("/")) file.url = address + file.url;
  }
  document.dispatchEvent(new CustomEvent("sprint:painted", { detail: { stage } }));
}

// With the drawing as it was handed in, unless another one is by then.
async function keep_moments(id) {
  const now = sketch.by_now;
  const [lapse, drawn] = [moments.kept(now), await sketch_of_now()];
  if (lapse && id === inputs.draw && drawn.strokes === now.strokes) await (await keeping).put_moments(id, drawn, lapse);
}

document.addEventListener("sprint:making", () => {
  clearTimeout(resting);
  following.leave();
});

// Asks for the words without which no picture comes.
function want(words) {
  one(".wanting").hidden = !words;
  if (words) document.dispatchEvent(new CustomEvent("sprint:wanting"));
}

one(".wanting").addEventListener("click", () => document.querySelector("#prompt textarea")?.focus());

document.addEventListener("sprint:words", () => setTimeout(follow, 500));  // they come from the server
document.addEventListener("input", (event) => {
  if (!event.target.closest?.("#prompt")) return;
  follow({ rests: false });
  resting = setTimeout(follow, 300);
});
