// A drawing on a canvas. Every step of it, a wiped canvas too, can be taken back and done again. A pen
// that is held still straightens what it drew (shapes.js).

const INK = "#1b1a19";
const WIDTH = 0.022;  // of a line, in parts of the canvas's shorter side
const ERASER = 3.2;  // times as wide
const HELD = 500;  // milliseconds
const STILL = 4;  // pixels

// The drawing, its last stroke under way, on a canvas of `canvas`'s size.
function paint_drawing(pen, canvas, { ground, strokes, stroke = null }) {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  if (ground) pen.drawImage(ground, 0, 0, canvas.width, canvas.height);
  for (const one of stroke ? [...strokes, stroke] : strokes) paint_stroke(pen, canvas, one);
}

function paint_stroke(pen, canvas, { points, erase, colour = INK, width = WIDTH, shape = null }) {
  pen.strokeStyle = erase ? "#fff" : colour;
  pen.lineWidth = Math.min(canvas.width, canvas.height) * width * (erase ? ERASER : 1);
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...points[0]);
  if (shape) {
    for (const point of points.slice(1)) pen.lineTo(...point);
    pen.stroke();
    return;
  }
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i], [next_x, next_y] = points[i + 1];
    pen.quadraticCurveTo(x, y, (x + next_x) / 2, (y + next_y) / 2);
  }
  pen.lineTo(...points[points.length - 1]);
  pen.stroke();
}

function make_sketch(canvas, changed) {
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const past = [];
  const future = [];
  let now = { ground: null, strokes: [] };
  let stroke = null;
  let finger = null;
  let held = 0;
  const tool = { erase: false, colour: INK, width: WIDTH };

  function paint() {
    paint_drawing(pen, canvas, { ...now, stroke });
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [  // whole pixels, which a link carries as they are
      Math.round(((event.clientX - box.left) * canvas.width) / box.width),
      Math.round(((event.clientY - box.top) * canvas.height) / box.height),
    ];
  }

  // The pen rests where it is: what it drew becomes what it was meant to be.
  function hold() {
    const shape = stroke && !stroke.erase && straightened(stroke.points);
    if (!shape) return;
    const points = shape.points.map((point) => point.map(Math.round));
    Object.assign(stroke, { points, shape: shape.kind });
    paint();
    changed({ moved: true });
  }

  function wait_for_hold() {
    clearTimeout(held);
    held = setTimeout(hold, HELD);
  }

  function become(next) {
    past.push(now);
    future.length = 0;
    now = next;
    paint();
    changed();
  }

  function travel(from, to) {
    if (!from.length || stroke) return;
    to.push(now);
    now = from.pop();
    paint();
    changed();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || stroke) return;
    // Keys are for the drawing from here on, and a phone's keyboard makes room.
    if (document.activeElement?.matches("input, textarea")) document.activeElement.blur();
    canvas.setPointerCapture(event.pointerId);
    finger = event.pointerId;
    stroke = { points: [place(event)], ...tool };
    wait_for_hold();
    paint();
    changed({ begun: true });
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || stroke.shape || event.pointerId !== finger) return;
    const [x, y] = place(event);
    const [last_x, last_y] = stroke.points[stroke.points.length - 1];
    if (Math.hypot(x - last_x, y - last_y) > STILL) wait_for_hold();
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) stroke.points.push(place(part));
    paint();
    changed({ moved: true });
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (!stroke || event.pointerId !== finger) return;
      clearTimeout(held);
      const strokes = [...now.strokes, stroke];
      stroke = null;
      become({ ...now, strokes });
    });
  }

  paint();
  return {
    undo: () => travel(past, future),
    redo: () => travel(future, past),
    clear: () => become({ ground: null, strokes: [] }),
    // Of the strokes from here on: {erase, colour, width}, any of them.
    take: (change) => Object.assign(tool, change),
    // What comes from elsewhere or was kept; it is known already, so nothing is announced. Its
    // strokes can be taken back one by one, and then what was there before.
    restore: (ground, strokes) => {
      if (now.ground || now.strokes.length) past.push(now);
      strokes.forEach((_, count) => past.push({ ground, strokes: strokes.slice(0, count) }));
      future.length = 0;
      now = { ground, strokes };
      paint();
    },
    // What is drawn by now, with how much of the stroke that is under way. It shares the strokes, the
    // first of which tells one drawing from another.
    get by_now() {
      const length = stroke?.points.length ?? 0;
      return { ...now, stroke: stroke && { ...stroke }, length, first: now.strokes[0] ?? stroke };
    },
    get ground() { return now.ground; },
    get strokes() { return now.strokes; },
    get is_blank() { return !now.ground && !now.strokes.length && !stroke; },
    get can_undo() { return past.length > 0; },
    get can_redo() { return future.length > 0; },
  };
}
