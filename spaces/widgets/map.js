// The control map: small in the picture's corner, large while it is pointed at or pressed.

const box = element.querySelector(".map");
const view = element.querySelector(".map-view");
const problem = element.querySelector(".problem");

function show() {
  const { image = null, label = "", message = "" } = props.value ?? {};
  box.hidden = !image;
  problem.hidden = !message;
  problem.textContent = message;
  if (!image) return enlarge(false);
  view.querySelector("img").src = image;
  view.querySelector(".map-label").textContent = label;
  view.setAttribute("aria-label", `What the model sees: ${label}. Press to enlarge.`);
}

function enlarge(large) {
  view.setAttribute("aria-expanded", large);
}

view.addEventListener("click", () => enlarge(view.getAttribute("aria-expanded") !== "true"));
view.addEventListener("keydown", (event) => { if (event.key === "Escape") enlarge(false); });
document.addEventListener("pointerdown", (event) => {
  if (!view.contains(event.target)) enlarge(false);
});

watch("value", show);
show();
