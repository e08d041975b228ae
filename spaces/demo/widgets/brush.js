// What is painted by brush over a picture: a mask, or more of a map and less of it. Strokes are kept in parts of the picture's size, so that
// all can be painted anew at any size.

const MASK_SIDE = 1024;  // pixels of the longer side, of what the server is sent

function make_brush(canvas, changed) {
  const pen = canvas.getContext("2d");
  let strokes = [];
  let ground = null;  // a mask that came with the picture
  let stroke = null;
  let finger = null;
  let size = 0.1;
  let ink = null;  // of the strokes to come: a mask's have the canvas's own colour

  function paint(on, colour) {
    if (ground) on.drawImage(ground, 0, 0, on.canvas.width, on.canvas.height);
    on.lineCap = on.lineJoin = "round";
    for (const { points, width, ink: own } of stroke ? [...strokes, stroke] : strokes) {
      on.strokeStyle = on.fillStyle = own ?? colour;
      const [w, h] = [on.canvas.width, on.canvas.height];
      on.lineWidth = width * Math.min(w, h);
      on.beginPath();
      on.moveTo(points[0][0] * w, points[0][1] * h);
      for (const [x, y] of points) on.lineTo(x * w, y * h);
      on.stroke();
    }
  }

  function show() {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    paint(pen, getComputedStyle(canvas).color);
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || stroke) return;
    if (document.activeElement?.matches("input:not([type=range]), textarea")) document.activeElement.blur();
    canvas.setPointerCapture(event.pointerId);
    finger = event.pointerId;
    stroke = { points: [place(event)], width: size, ink };
    show();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || event.pointerId !== finger) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) stroke.points.push(place(part));
    show();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (!stroke || event.pointerId !== finger) return;
      strokes.push(stroke);
      stroke = null;
      show();
      changed();
    });
  }

  return {
    show,
    sized: (part) => { size = part; },
    inked: (colour) => { ink = colour; },
    undo: () => {
      if (strokes.length) strokes.pop(); else ground = null;
      show();
      changed();
    },
    clear: () => { begin(null); changed(); },
    begin,
    get is_blank() { return !ground && !strokes.length; },
    // The picture with the strokes on it, as large as it is.
    over: (picture) => {
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [picture.naturalWidth, picture.naturalHeight];
      const on = copy.getContext("2d");
      on.drawImage(picture, 0, 0);
      paint(on, "#fff");
      return new Promise((resolve) => copy.toBlob(resolve));
    },
    // White where it is painted, black elsewhere.
    file: (width, height) => {
      const scale = Math.min(1, MASK_SIDE / Math.max(width, height));
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [Math.round(width * scale), Math.round(height * scale)];
      const on = copy.getContext("2d");
      paint(on, "#fff");
      on.globalCompositeOperation = "source-in";  // of whatever colour it is shown in
      on.fillStyle = "#fff";
      on.fillRect(0, 0, copy.width, copy.height);
      on.globalCompositeOperation = "destination-over";
      on.fillStyle = "#000";
      on.fillRect(0, 0, copy.width, copy.height);
      return new Promise((resolve) => copy.toBlob(resolve));
    },
  };

  // An empty mask, or one that came with the picture: what is white in it is painted.
  function begin(mask) {
    strokes = [];
    stroke = null;
    ground = mask && tinted(mask);
    show();
  }

  function tinted(mask) {
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [mask.naturalWidth, mask.naturalHeight];
    const on = copy.getContext("2d");
    on.drawImage(mask, 0, 0);
    const pixels = on.getImageData(0, 0, copy.width, copy.height);
    const [r, g, b] = getComputedStyle(canvas).color.match(/[\d.]+/g).map(Number);
    for (let at = 0; at < pixels.data.length; at += 4) {
      pixels.data[at + 3] = pixels.data[at] > 127 ? 255 : 0;
      [pixels.data[at], pixels.data[at + 1], pixels.data[at + 2]] = [r, g, b];
    }
    on.putImageData(pixels, 0, 0);
    return copy;
  }
}
