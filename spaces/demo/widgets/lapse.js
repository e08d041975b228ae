// A time-lapse of what was drawn live: drawing and picture side by side, as they grew together.

const FEW = 3;  // moments; fewer are none
const PANEL = 320;  // pixels of the shorter side of each
const BETWEEN = 8;
const LONGEST = 6;  // seconds, and then the end is seen for a while
const SLOWEST = 0.4;
const END_SEEN = 1.6;
const LOOKED_AT = 12;  // moments, for their colours
const HAIRLINE = "#e6e1da";

const lapse_button = one(".lapse");

document.addEventListener("sprint:moments", async () => {
  const lapse = await (await handed_in)?.lapse();
  lapse_button.hidden = !(lapse?.moments.length >= FEW);
});

const breath = () => new Promise((resolve) => setTimeout(resolve));

function evenly(list, count) {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, at) => list[Math.round((at * (list.length - 1)) / (count - 1))]);
}

async function gif_of({ width, height, moments }, told) {
  const scale = PANEL / Math.min(width, height);
  const [wide, high] = [Math.round(scale * width), Math.round(scale * height)];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * wide + BETWEEN, high];
  const pen = canvas.getContext("2d", { willReadFrequently: true });

  async function seen({ paint, picture }) {
    const image = new Image();
    image.src = picture;
    await image.decode();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = HAIRLINE;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, wide + BETWEEN, 0, wide, high);
    pen.setTransform(wide / width, 0, 0, high / height, 0, 0);
    paint(pen);
    return pen.getImageData(0, 0, canvas.width, canvas.height).data;
  }

  const samples = [];
  for (const moment of evenly(moments, LOOKED_AT)) {
    samples.push(await seen(moment));
    await breath();
  }
  const gif = make_gif({ width: canvas.width, height: canvas.height, colours: colours_of(samples), xmp: XMP });
  const each = Math.min(SLOWEST, LONGEST / moments.length);
  for (const [index, moment] of moments.entries()) {
    const is_last = index === moments.length - 1;
    gif.add(await seen(moment), is_last ? END_SEEN : each);
    told((index + 1) / moments.length);
    await breath();
  }
  return gif.file();
}

lapse_button.addEventListener("click", async () => {
  if (lapse_button.getAttribute("aria-disabled") === "true") return;
  lapse_button.setAttribute("aria-disabled", true);
  try {
    const lapse = (await handed_in).lapse();
    const file = await gif_of(lapse, (part) => {
      one(".time").textContent = `Time-lapse: ${Math.round(100 * part)} %`;
    });
    download(file, plain_name(`${document.title}-time-lapse.gif`, "time-lapse.gif"));
  } finally {
    lapse_button.removeAttribute("aria-disabled");
    say();
  }
});
