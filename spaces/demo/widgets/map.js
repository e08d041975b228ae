// The control map: shown beside the picture by a button, and large, in the result's place, by a
// press on it. It never lies over the picture, where strokes begin.

const see = element.querySelector(".see");
const box = element.querySelector(".map");
const view = element.querySelector(".map-view");
let open = false;

function show() {
  const { image = null, label = "", message = "", refused = null } = props.value ?? {};
  if (image || message) {
    document.dispatchEvent(new CustomEvent("sprint:read", { detail: { message, refused } }));
  }
  see.disabled = !image;
  see.setAttribute("aria-expanded", open);
  box.hidden = !open || !image;
  if (!image) return;
  view.querySelector("img").src = image;
  view.querySelector("img").alt = `What the model sees: ${label}`;
  box.querySelector("figcaption").textContent = label;
}

see.addEventListener("click", () => {
  open = !open;
  show();
  if (open) box.scrollIntoView({ block: "nearest" });
});
view.addEventListener("click", () => {
  const { image, label } = props.value;
  document.dispatchEvent(new CustomEvent("sprint:closer", { detail: { url: image, label } }));
});

watch("value", show);
show();
