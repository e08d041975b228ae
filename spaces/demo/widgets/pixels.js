// A canvas as a call carries it (spaces/door/pixels.py reads it): rows of one or three bytes a pixel,
// deflated, in base64. What has no colour goes as greys, which are a third.

async function pixels_of(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, width, height);
  const channels = has_colours(data) ? 3 : 1;
  const rows = new Uint8Array(width * height * channels);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    rows[to++] = data[from];
    if (channels === 1) continue;
    rows[to++] = data[from + 1];
    rows[to++] = data[from + 2];
  }
  return { width, height, channels, data: await in_base64(await deflated(rows)) };
}

function has_colours(data) {
  const near = (a, b) => Math.abs(a - b) < 4;  // ink is a warm black
  for (let at = 0; at < data.length; at += 4) {
    if (!near(data[at], data[at + 1]) || !near(data[at], data[at + 2])) return true;
  }
  return false;
}

function deflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

function in_base64(buffer) {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}
