// What files that are put together here say of themselves: that parts of them a model made, in the
// words of the IPTC (inference/png.py says it of single pictures), and what stands in PNGs beside it.

const COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic";
const XMP = `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">`
  + `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" `
  + `xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" `
  + `Iptc4xmpExt:DigitalSourceType="${COMPOSITE}"/></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`;
const BEHIND_HEADER = 8 + 25;  // a PNG's signature and its first chunk

// A PNG with `texts` by their keywords, before its pixels.
async function png_with(blob, texts) {
  const chunks = Object.entries(texts).map(([keyword, text]) => {
    const content = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`);
    const chunk = new Uint8Array(content.length + 8);
    const view = new DataView(chunk.buffer);
    view.setUint32(0, content.length - 4);
    chunk.set(content, 4);
    view.setUint32(4 + content.length, crc32(content));
    return chunk;
  });
  return new Blob([blob.slice(0, BEHIND_HEADER), ...chunks, blob.slice(BEHIND_HEADER)], { type: "image/png" });
}
