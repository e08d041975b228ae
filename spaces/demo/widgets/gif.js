// An animated GIF (version 89a), written here: every browser and messenger shows one, and it can say
// how it was made, which what a MediaRecorder gives cannot. A frame tells only what changed.

const MOST_COLOURS = 255;
const UNCHANGED = 255;  // the index of what stays as it was
const ALIKE = 20;  // two colours, summed over their channels: one may stand for the other
const CLEAR = 256;
const END = 257;
const MOST_CODES = 4096;
const key_of = (data, at) => ((data[at] >> 3) << 10) | ((data[at + 1] >> 3) << 5) | (data[at + 2] >> 3);
const channel = (key, which) => (key >> (10 - 5 * which)) & 31;
const whole = (fifth) => (fifth << 3) | (fifth >> 2);

// At most 255 colours in which pictures are told best, by median cut (Heckbert, 1982) over fifteen
// bits a colour. `pictures` are bytes of red, green, blue, alpha.
function colours_of(pictures) {
  const counts = new Uint32Array(2 ** 15);
  for (const data of pictures) {
    for (let at = 0; at < data.length; at += 4) counts[key_of(data, at)] += 1;
  }
  const boxes = [box_of([...counts.keys()].filter((key) => counts[key]), counts)];
  while (boxes.length < MOST_COLOURS) {
    const largest = boxes.reduce((one, other) => (other.size > one.size ? other : one));
    if (!largest.size) break;
    const { keys, longest, count } = largest;
    keys.sort((one, other) => channel(one, longest) - channel(other, longest));
    let half = 0;
    let sum = 0;
    while (half < keys.length - 1 && (half === 0 || sum < count / 2)) sum += counts[keys[half++]];
    const parts = [keys.slice(0, half), keys.slice(half)];
    boxes.splice(boxes.indexOf(largest), 1, ...parts.map((part) => box_of(part, counts)));
  }
  return boxes.map(({ mean }) => mean);
}

function box_of(keys, counts) {
  const ranges = [0, 1, 2].map((which) => {
    const values = keys.map((key) => channel(key, which));
    return values.reduce((most, value) => Math.max(most, value), 0)
      - values.reduce((least, value) => Math.min(least, value), 31);
  });
  const range = Math.max(...ranges);
  const count = keys.reduce((sum, key) => sum + counts[key], 0);
  const mean = [0, 1, 2].map((which) => {
    const sum = keys.reduce((total, key) => total + counts[key] * whole(channel(key, which)), 0);
    return Math.round(sum / Math.max(1, count));
  });
  return { keys, count, mean, longest: ranges.indexOf(range), size: range * Math.sqrt(count) };
}

// `add` takes frames in order, `seconds` each; `file` gives the whole. `xmp` says what it is.
function make_gif({ width, height, colours, xmp }) {
  const nearest = new Int16Array(2 ** 15).fill(-1);
  const distance = ([r, g, b], [r2, g2, b2]) => Math.abs(r - r2) + Math.abs(g - g2) + Math.abs(b - b2);
  const alike = new Uint8Array(2 ** 16);
  colours.forEach((one, at) => colours.forEach((other, by) => {
    alike[(at << 8) | by] = distance(one, other) <= ALIKE;
  }));
  const shown = new Int16Array(width * height).fill(-1);
  const pieces = [head()];

  function head() {
    const palette = colours.flat();
    const ascii = (text) => [...text].map((letter) => letter.charCodeAt(0));
    const two = (value) => [value & 255, value >> 8];
    return Uint8Array.from([
      ...ascii("GIF89a"), ...two(width), ...two(height), 0xf7, 0, 0,
      ...palette, ...Array(768 - palette.length).fill(0),
      0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0,  // again and again
      // XMP specification, part 3, section 1.1.2: the packet, then what leads any reader to its end.
      0x21, 0xff, 11, ...ascii("XMP DataXMP"), ...new TextEncoder().encode(xmp),
      1, ...Array.from({ length: 256 }, (_, at) => 255 - at), 0,
    ]);
  }

  function index_of(data, at) {
    const key = key_of(data, at);
    if (nearest[key] < 0) {
      const colour = [0, 1, 2].map((which) => whole(channel(key, which)));
      let best = Infinity;
      colours.forEach((one, index) => {
        const far = distance(one, colour);
        if (far < best) [best, nearest[key]] = [far, index];
      });
    }
    return nearest[key];
  }

  function add(data, seconds) {
    const indices = new Uint8Array(width * height).fill(UNCHANGED);
    let [left, top, right, bottom] = [width, height, -1, -1];
    for (let at = 0; at < shown.length; at++) {
      const index = index_of(data, 4 * at);
      if (shown[at] >= 0 && alike[(shown[at] << 8) | index]) continue;
      indices[at] = shown[at] = index;
      const [x, y] = [at % width, Math.floor(at / width)];
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
    if (right < 0) [left, top, right, bottom] = [0, 0, 0, 0];
    const [wide, high] = [right - left + 1, bottom - top + 1];
    const part = new Uint8Array(wide * high);
    for (let row = 0; row < high; row++) {
      const from = (top + row) * width + left;
      part.set(indices.subarray(from, from + wide), row * wide);
    }
    const told = new DataView(new ArrayBuffer(19));
    told.setUint32(0, 0x21f90405);  // what was there stays, and one index says so
    told.setUint16(4, Math.round(100 * seconds), true);
    told.setUint8(6, UNCHANGED);
    told.setUint8(8, 0x2c);
    [left, top, wide, high].forEach((value, at) => told.setUint16(9 + 2 * at, value, true));
    told.setUint8(18, 8);  // bits of a pixel; the byte before says that there is no palette of its own
    pieces.push(told.buffer, in_blocks(lzw(part)));
  }

  return {
    add,
    file: () => new Blob([...pieces, Uint8Array.of(0x3b)], { type: "image/gif" }),
  };
}

// Lempel, Ziv and Welch's codes for bytes, of nine to twelve bits, as GIF packs them.
function lzw(bytes) {
  const after = new Uint16Array(MOST_CODES * 256);
  let out = new Uint8Array(1024);
  let size = 0;
  let [bits, held, width, codes] = [0, 0, 9, END + 1];

  function put(code) {
    bits |= code << held;
    held += width;
    for (; held >= 8; held -= 8, bits >>>= 8) {
      if (size === out.length) {
        const more = new Uint8Array(2 * size);
        more.set(out);
        out = more;
      }
      out[size++] = bits & 255;
    }
  }

  put(CLEAR);
  let prefix = bytes[0];
  for (let at = 1; at < bytes.length; at++) {
    const place = (prefix << 8) | bytes[at];
    if (after[place]) {
      prefix = after[place];
      continue;
    }
    put(prefix);
    if (codes < MOST_CODES) {
      after[place] = codes++;
      if (codes > 2 ** width && width < 12) width += 1;
    } else {
      put(CLEAR);
      after.fill(0);
      [width, codes] = [9, END + 1];
    }
    prefix = bytes[at];
  }
  put(prefix);
  put(END);
  held = 8 * Math.ceil(held / 8);
  width = 0;
  put(0);
  return out.subarray(0, size);
}

// Pieces of at most 255 bytes, each behind its size, and an empty one.
function in_blocks(bytes) {
  const count = Math.ceil(bytes.length / 255);
  const blocks = new Uint8Array(bytes.length + count + 1);
  for (let block = 0; block < count; block++) {
    const piece = bytes.subarray(255 * block, 255 * (block + 1));
    blocks[256 * block] = piece.length;
    blocks.set(piece, 256 * block + 1);
  }
  return blocks;
}
