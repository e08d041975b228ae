// A link that carries what a picture was made from, words, settings and strokes, behind the address's
// #, which no server is sent. It may be a stranger's: its size is bounded, its strokes are checked
// here, and the server checks every field.

const MARK = "#made=";
const MOST_LINK = 16e3;  // characters
const MOST_TOLD = 400e3;  // bytes of it unpacked
const MOST_STROKES = 500;
const MOST_POINTS = 20e3;
const COLOUR = /^#[0-9a-f]{6}$/;

// The link's part behind the address, or null where so much does not fit.
async function write_link({ fields, strokes }) {
  const drawn = strokes?.map(({ points, erase, colour, width, shape }) => ({
    e: erase ? 1 : 0, c: colour, w: width, s: shape ? 1 : 0, p: steps_of(points),
  }));
  const packing = new Blob([JSON.stringify({ fields, drawn })]).stream();
  const packed = await new Response(packing.pipeThrough(new CompressionStream("deflate"))).arrayBuffer();
  const text = btoa(String.fromCharCode(...new Uint8Array(packed)));
  if (text.length > MOST_LINK) return null;
  return MARK + text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// {fields, strokes}, strokes null where nothing was drawn. Throws for what no link of ours says.
async function read_link(hash) {
  const text = hash.slice(MARK.length);
  if (text.length > MOST_LINK) throw new Error("too long");
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const packed = new Blob([Uint8Array.from(plain, (letter) => letter.charCodeAt(0))]).stream();
  const { fields, drawn } = JSON.parse(await unpacked(packed.pipeThrough(new DecompressionStream("deflate"))));
  if (!fields || typeof fields !== "object" || Array.isArray(fields)) throw new Error("no fields");
  if (!drawn) return { fields, strokes: null };
  if (drawn.length > MOST_STROKES) throw new Error("too many strokes");
  return { fields, strokes: drawn.map(stroke_of) };
}

async function unpacked(stream) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0; size <= MOST_TOLD;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    text += decoder.decode(value, { stream: true });
  }
  throw new Error("too much");
}

function steps_of(points) {
  return points.flatMap(([x, y], at) => (at ? [x - points[at - 1][0], y - points[at - 1][1]] : [x, y]));
}

function stroke_of({ e, c, w, s, p }) {
  const fits = COLOUR.test(c) && w > 0 && w < 0.2 && Array.isArray(p) && p.length >= 2
    && p.length <= 2 * MOST_POINTS && p.every(Number.isFinite);
  if (!fits) throw new Error("no stroke");
  const points = [];
  for (let at = 0, x = 0, y = 0; at + 1 < p.length; at += 2) points.push([x += p[at], y += p[at + 1]]);
  return { points, erase: e === 1, colour: c, width: w, ...(s ? { shape: "line" } : {}) };
}
