// A drawing on a canvas. Every step of it, a wiped canvas too, can be taken back and done again.

function make_sketch(canvas, changed) {
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const past = [];
  const future = [];
  let now = { ground: null, strokes: [] };
  let stroke = null;
  let finger = null;
  let erasing = false;

  function paint() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    if (now.ground) pen.drawImage(now.ground, 0, 0, canvas.width, canvas.height);
    for (const one of stroke ? [...now.strokes, stroke] : now.strokes) paint_stroke(one);
  }

  function paint_stroke({ points, erase }) {
    pen.strokeStyle = erase ? "#fff" : "#1b1a19";
    pen.lineWidth = Math.min(canvas.width, canvas.height) * (erase ? 0.07 : 0.022);
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...points[0]);
    for (let i = 1; i < points.length - 1; i++) {
      const [x, y] = points[i], [next_x, next_y] = points[i + 1];
      pen.quadraticCurveTo(x, y, (x + next_x) / 2, (y + next_y) / 2);
    }
    pen.lineTo(...points[points.length - 1]);
    pen.stroke();
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * canvas.width) / box.width,
      ((event.clientY - box.top) * canvas.height) / box.height,
    ];
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
    stroke = { points: [place(event)], erase: erasing };
    paint();
    changed({ begun: true });
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || event.pointerId !== finger) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) stroke.points.push(place(part));
    paint();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (!stroke || event.pointerId !== finger) return;
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
    erase: (on) => { erasing = on; },
    // What comes from elsewhere or was kept; it is known already, so nothing is announced. Its
    // strokes can be taken back one by one, and then what was there before.
    restore: (ground, strokes) => {
      if (now.ground || now.strokes.length) past.push(now);
      strokes.forEach((_, count) => past.push({ ground, strokes: strokes.slice(0, count) }));
      future.length = 0;
      now = { ground, strokes };
      paint();
    },
    get ground() { return now.ground; },
    get strokes() { return now.strokes; },
    get is_blank() { return !now.ground && !now.strokes.length && !stroke; },
    get can_undo() { return past.length > 0; },
    get can_redo() { return future.length > 0; },
  };
}
