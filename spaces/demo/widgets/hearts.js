// Hearts: a picture with one stays when the strip is full, and a filter shows these alone.

const FULL = "No more hearts fit into this browser. Save some of these pictures, and take their hearts away.";
let hearts_alone = false;

const with_heart = () => made.filter((picture) => picture.heart);
const in_strip = () => (hearts_alone ? with_heart() : made);

function show_hearts() {
  const heart = one(".heart");
  heart.disabled = !current || Boolean(current.example);
  heart.setAttribute("aria-pressed", Boolean(current?.heart));
  const count = with_heart().length;
  hearts_alone &&= count > 0;
  one(".hearts").hidden = !count;
  one(".hearts").setAttribute("aria-pressed", hearts_alone);
  one(".hearts-count").textContent = count;
}

one(".heart").addEventListener("click", async () => {
  const picture = current;
  if (!picture || picture.example) return;
  const heart = !picture.heart;
  kept ??= await keeping;
  if (!(await kept.heart(picture.id, heart))) return note_below(FULL);
  picture.heart = heart;
  if (heart) picture.live = false;  // it stays when the next is painted
  strip([]);
});

one(".hearts").addEventListener("click", () => {
  hearts_alone = !hearts_alone;
  strip(state.phase === "running" ? state.previews : []);
});
