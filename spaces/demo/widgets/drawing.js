// The drawing's tools, and when a drawing is handed in.

const canvas = one("canvas");
const sketch = make_sketch(canvas, drawn);
let later = 0;

function offer_steps() {
  one(".draw-hint").hidden = !sketch.is_blank;
  one(".undo").disabled = !sketch.can_undo;
  one(".redo").disabled = !sketch.can_redo;
  one(".clear").disabled = sketch.is_blank;
}

function drawn({ begun = false, moved = false } = {}) {
  if (moved) {
    if (can_follow()) follow({ rests: false });
    return;
  }
  offer_steps();
  if (begun) return;
  forget_later();
  if (sketch.is_blank) {
    following.leave();
    take_back("draw");
    return;
  }
  bring_together();
  // What is followed is handed in when its picture is there, or after a while without one.
  later = setTimeout(hand_in_drawing, can_follow() ? 1500 : 300);
  follow();
}

function forget_later() {
  clearTimeout(later);
  later = 0;
}

function hand_in_drawing() {
  forget_later();
  const encoded = new Promise((resolve) => canvas.toBlob(resolve));
  return wait_for(encoded.then((blob) => hand_in(blob, "drawing.png", "draw")));
}

// On a phone the result stands above and the canvas below: both are seen while a finger draws.
function bring_together() {
  const studio = root.closest("#studio");
  if (!studio || !matchMedia("(max-width: 700px)").matches) return;
  const { top } = studio.getBoundingClientRect();
  const { bottom } = one(".tools").getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) studio.scrollIntoView({ block: "start" });
}

function wipe(wipes) {
  sketch.take({ erase: wipes });
  one(".pen").setAttribute("aria-pressed", !wipes);
  one(".eraser").setAttribute("aria-pressed", wipes);
}

one(".pen").addEventListener("click", () => wipe(false));
one(".eraser").addEventListener("click", () => wipe(true));

// One of a row is chosen; who chooses a colour means the pen.
function choose_among(row, take) {
  const buttons = [...row.querySelectorAll("button")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", other === button);
      take(button.dataset);
    });
  }
}

choose_among(one(".widths"), ({ width }) => sketch.take({ width: Number(width) }));
choose_among(one(".inks"), ({ ink }) => {
  sketch.take({ colour: ink });
  wipe(false);
});
one(".inks").hidden = !props.colours;
live.hidden = !props.live;
live.addEventListener("click", () => {
  live.setAttribute("aria-pressed", live.getAttribute("aria-pressed") === "false");
  note();
  follow();
});
for (const step of ["undo", "redo", "clear"]) one(`.${step}`).addEventListener("click", sketch[step]);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=range], [type=checkbox]), textarea, [contenteditable]");
  if (typing || origin !== "draw" || !root.isConnected) return;
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  const step = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[key];
  if (!step) return;
  event.preventDefault();
  sketch[step]();
});
