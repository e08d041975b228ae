// The demo in place, the light box, likes without a reload, facts that fold on a phone.

import { mark, remember } from "./seen.js";

const stage = document.querySelector("#stage");
const pictures = stage.querySelector(".pictures");

remember(stage.dataset.id);
mark(document);

// The demo: its frame is made when somebody asks for it, and removed when they leave it.
const start = document.querySelector("[data-demo]");
if (start) {
  start.removeAttribute("target");
  start.setAttribute("role", "button");
  start.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (pictures.hidden) return;
    open();
  });
  start.addEventListener("keydown", (event) => {
    if (event.key !== " ") return; // links take Enter alone, buttons take the space bar too
    event.preventDefault();
    start.click();
  });
}

function open() {
  const address = new URL(start.dataset.demo);
  if (matchMedia("(prefers-color-scheme: dark)").matches) address.searchParams.set("__theme", "dark");
  const frame = document.createElement("iframe");
  frame.title = `Demo: ${start.dataset.title}`;
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-downloads allow-popups");
  frame.allow = "camera; clipboard-write; fullscreen";
  frame.referrerPolicy = "no-referrer";
  frame.src = address;
  const box = document.createElement("div");
  box.className = "frame";
  box.append(frame);
  const leave = document.createElement("button");
  leave.type = "button";
  leave.className = "leave";
  leave.textContent = "Back to the pictures";
  leave.addEventListener("click", () => {
    box.remove();
    leave.remove();
    pictures.hidden = false;
    start.hidden = false;
    start.focus();
  });
  pictures.hidden = true;
  start.hidden = true;
  stage.append(box, leave);
  stage.scrollIntoView({ block: "nearest" });
  frame.focus();
}

// The light box: the links lead to the same pictures without it.
const dialog = document.querySelector(".lightbox");
const shown = dialog.querySelector("img");
const caption = dialog.querySelector("figcaption");
const samples = [...document.querySelectorAll(".samples [data-picture]")];
const all = samples.length ? samples : [...pictures.querySelectorAll("[data-picture]")];
let place = 0;

function look(index) {
  place = (index + all.length) % all.length;
  const link = all[place];
  shown.src = link.href;
  shown.alt = link.querySelector("img").alt;
  caption.textContent = [link.dataset.picture, all.length > 1 ? `${place + 1} of ${all.length}` : ""]
    .filter(Boolean)
    .join(" · ");
}

for (const link of document.querySelectorAll("[data-picture]")) {
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    look(Math.max(0, all.findIndex((other) => other.href === link.href)));
    dialog.showModal();
    history.pushState({ picture: true }, ""); // a phone's Back then closes the picture
  });
}
dialog.addEventListener("close", () => {
  if (history.state?.picture) history.back();
});
addEventListener("popstate", () => dialog.close());
for (const side of dialog.querySelectorAll(".previous, .next")) side.hidden = all.length < 2;
dialog.querySelector(".previous").addEventListener("click", () => look(place - 1));
dialog.querySelector(".next").addEventListener("click", () => look(place + 1));
dialog.querySelector(".close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === shown || event.target.tagName === "BUTTON") return;
  dialog.close();
});
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") look(place - 1);
  if (event.key === "ArrowRight") look(place + 1);
});

// Likes.
const liking = document.querySelector("[data-like]");
liking?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = liking.querySelector("button");
  const wanted = button.getAttribute("aria-pressed") !== "true";
  button.disabled = true;
  try {
    const answer = await fetch(`${liking.dataset.like}/${wanted ? "like" : "unlike"}`, {
      method: "POST",
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(answer.statusText);
    const { likes, liked } = await answer.json();
    liking.querySelector("[data-likes]").textContent = likes;
    button.setAttribute("aria-pressed", liked);
  } catch {
    liking.submit(); // the page that answers tells what is wrong
  } finally {
    button.disabled = false;
    button.focus();
  }
});

// On a phone the facts fold.
if (matchMedia("(max-width: 640px)").matches) {
  for (const fold of document.querySelectorAll(".facts details")) fold.open = false;
}
