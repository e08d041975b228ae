// Two pictures on one sheet, with their words below and, in the file, with the parameters of both.

const MOST_WIDE = 768;  // pixels of each picture
const MARGIN = 32;
const LINE = 28;
const SMALL_TEXT = "18px 'Hanken Grotesk', sans-serif";
const LARGE_TEXT = "500 26px Newsreader, Georgia, serif";
const MOST_LINES = 4;  // of words that somebody wrote

const in_language = (text) => window.sprint_said?.(text) ?? text;

async function sheet_of(a, b, rows) {
  const blobs = await Promise.all([a, b].map(({ url }) => fetch(url).then((answer) => answer.blob())));
  const images = await Promise.all(blobs.map((blob) => createImageBitmap(blob)));
  const wide = Math.min(MOST_WIDE, Math.max(...images.map((image) => image.width)));
  const heights = images.map((image) => Math.round((wide * image.height) / image.width));
  const pen = document.createElement("canvas").getContext("2d");
  const title = lines_of(pen, LARGE_TEXT, a.prompt, 2 * wide + MARGIN);
  const below = [a, b].map((picture, side) => [
    ...lines_of(pen, SMALL_TEXT, picture.about.split(" · ").map(in_language).join(" · "), wide),
    ...rows.flatMap(([label, ...values]) => (
      lines_of(pen, SMALL_TEXT, `${in_language(label)}: ${in_language(values[side])}`, wide)
    )),
  ]);
  const top = MARGIN + title.length * 34 + MARGIN / 2;
  const { canvas } = pen;
  canvas.width = 2 * wide + 3 * MARGIN;
  canvas.height = top + Math.max(...heights) + (Math.max(...below.map((lines) => lines.length)) + 1) * LINE + MARGIN;
  pen.fillStyle = "#faf8f5";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#1b1a19";
  pen.textBaseline = "top";
  pen.font = LARGE_TEXT;
  title.forEach((line, at) => pen.fillText(line, MARGIN, MARGIN + 34 * at));
  images.forEach((image, side) => {
    const left = MARGIN + side * (wide + MARGIN);
    const under = top + heights[side] + LINE / 2;
    pen.drawImage(image, left, top, wide, heights[side]);
    pen.font = `600 ${SMALL_TEXT}`;
    pen.fillText("AB"[side], left, under);
    pen.font = SMALL_TEXT;
    below[side].forEach((line, at) => pen.fillText(line, left + (at ? 0 : LINE), under + LINE * at));
  });
  const plain = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const recipes = await Promise.all(blobs.map((blob) => read_recipe(blob)));
  const [of_a, of_b] = recipes.map((recipe) => recipe?.parameters ?? null);
  return png_with(plain, { settings: JSON.stringify({ a: of_a, b: of_b }), "XML:com.adobe.xmp": XMP });
}

// What fits into lines of that width; words that nobody parted are cut.
function lines_of(pen, font, text, width) {
  pen.font = font;
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (!lines.at(-1) || pen.measureText(longer).width <= width - LINE) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const few = lines.slice(0, MOST_LINES);
  return few.map((line, at) => {
    const is_cut = at === few.length - 1 && lines.length > few.length;
    let fits = is_cut ? `${line}…` : line;
    while (fits.length > 2 && pen.measureText(fits).width > width - LINE) fits = `${fits.slice(0, -2)}…`;
    return fits;
  });
}
