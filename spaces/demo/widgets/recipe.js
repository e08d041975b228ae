// What a PNG of ours carries (inference/png.py writes it): how it was made, and the control maps
// that went in. It may be a stranger's: sizes are bounded, and the server checks every value.

const MOST_FILE = 40e6;
const MOST_TEXT = { parameters: 200e3, sources: 24e6 };
const PNG_BEGINS = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

// {parameters, controls: {name: Blob}, init_image, mask}, or null for a file that carries nothing of ours.
async function read_recipe(blob) {
  if (blob.size > MOST_FILE || !(await begins_as_png(blob))) return null;
  const view = new DataView(await blob.arrayBuffer());
  const texts = read_texts(view);
  const parameters = parse(texts.parameters);
  if (!parameters) return null;
  const sources = parse(texts.sources) ?? {};
  const picture = (text) => (typeof text === "string" ? decode(text) : null);
  const controls = {};
  for (const [name, text] of Object.entries(sources.controls ?? {}).slice(0, 8)) {
    const map = picture(text);
    if (map) controls[name] = map;
  }
  const [init_image, mask] = [sources.init_image, sources.mask].map(picture);
  return { parameters, controls, init_image, mask };
}

async function begins_as_png(blob) {
  const head = new Uint8Array(await blob.slice(0, 8).arrayBuffer());
  return PNG_BEGINS.every((byte, at) => head[at] === byte);
}

function read_texts(view) {
  const texts = {};
  for (let at = 8; at + 12 <= view.byteLength;) {
    const size = view.getUint32(at);
    const kind = String.fromCharCode(...new Uint8Array(view.buffer, at + 4, 4));
    if (kind === "IDAT" || kind === "IEND" || at + 12 + size > view.byteLength) break;
    if (kind === "iTXt") {
      const content = new Uint8Array(view.buffer, at + 8, size);
      const end = content.indexOf(0);
      const keyword = String.fromCharCode(...content.slice(0, Math.min(Math.max(end, 0), 79)));
      const text = text_of(content.subarray(end + 1));
      if (text && text.length <= (MOST_TEXT[keyword] ?? 0)) {
        texts[keyword] ??= new TextDecoder().decode(text);
      }
    }
    at += 12 + size;
  }
  return texts;
}

// Behind the keyword: whether it is compressed, how, the language, the translated keyword.
function text_of(rest) {
  if (rest[0] !== 0) return null;
  const language = rest.indexOf(0, 2);
  const translated = language < 0 ? -1 : rest.indexOf(0, language + 1);
  return translated < 0 ? null : rest.subarray(translated + 1);
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function decode(text) {
  try {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new Blob([bytes], { type: "image/png" });
  } catch {
    return null;
  }
}
