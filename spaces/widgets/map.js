// The control map: small in the picture's corner, large while it is pointed at or pressed.

const box = element.querySelector(".map");
const view = element.querySelector(".map-view");

function show() {
  const { image = null, label = "", message = "", refused = null } = props.value ?? {};
  box.hidden = !image;
  if (image || message) {
    document.dispatchEvent(new CustomEvent("sprint:read", { detail: { message, refused } }));
  }
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
