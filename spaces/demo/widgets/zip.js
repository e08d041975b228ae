// Files as one ZIP (APPNOTE 6.3.10), stored as they are: pictures are packed already. The pieces
// stay the browser's, so that only one file at a time is in memory.

const MOST_ZIPPED = 2 ** 32 - 1;  // bytes, of the format without its extension for more
const MOST_FILES = 2 ** 16 - 1;
const MOST_NAME = 80;  // characters
const IN_UTF_8 = 0x0800;
const PLAIN_FILE = 0o100644 * 2 ** 16;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

// A file's name as any system takes it: letters of all scripts, no folders, nothing that is hidden.
function plain_name(name, otherwise = "picture.png") {
  const [, stem, ending] = name.normalize("NFC").match(/^(.*?)(\.[A-Za-z0-9]{1,5})?$/su);
  const plain = stem.replace(/[^\p{L}\p{M}\p{N}_-]+/gu, "-").slice(0, MOST_NAME).replace(/^-+|-+$/g, "");
  return plain ? plain + (ending ?? "") : otherwise;
}

// The names in order, a later one of the same name with a number behind it.
function unique_names(names) {
  const taken = new Set();
  return names.map((name) => {
    const plain = plain_name(name);
    const [, stem, ending] = plain.match(/^(.*?)(\.[^.]*)?$/su);
    let own = plain;
    for (let count = 2; taken.has(own.toLowerCase()); count++) own = `${stem}-${count}${ending ?? ""}`;
    taken.add(own.toLowerCase());
    return own;
  });
}

// `files` are {name, blob, at}, `at` in milliseconds. Throws a RangeError for more than fits.
async function zip_of(files) {
  if (files.length > MOST_FILES) throw new RangeError("too many files");
  const names = unique_names(files.map(({ name }) => name)).map((name) => new TextEncoder().encode(name));
  const pieces = [];
  const listed = [];
  let offset = 0;
  for (const [index, { blob, at }] of files.entries()) {
    const name = names[index];
    const told = [
      [2, 20], [2, IN_UTF_8], [2, 0], ...time_of(new Date(at)),
      [4, crc32(new Uint8Array(await blob.arrayBuffer()))], [4, blob.size], [4, blob.size],
      [2, name.length], [2, 0],
    ];
    const head = little_endian([[4, 0x04034b50], ...told]);
    listed.push(
      little_endian([[4, 0x02014b50], [2, 0x0314], ...told, [2, 0], [2, 0], [2, 0], [4, PLAIN_FILE], [4, offset]]),
      name,
    );
    pieces.push(head, name, blob);
    offset += head.length + name.length + blob.size;
    if (offset > MOST_ZIPPED) throw new RangeError("too many bytes");
  }
  const size = listed.reduce((sum, piece) => sum + piece.length, 0);
  const count = files.length;
  const end = little_endian([
    [4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0],
  ]);
  return new Blob([...pieces, ...listed, end], { type: "application/zip" });
}

function little_endian(sized) {
  const bytes = new Uint8Array(sized.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of sized) {
    if (size === 2) view.setUint16(at, value, true); else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

// As MS-DOS told it, on the visitor's clock, to two seconds.
function time_of(date) {
  return [
    [2, (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1)],
    [2, ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()],
  ];
}
