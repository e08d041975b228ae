// Searches as one types and filters in place. Without this script the same addresses load as pages.

import { mark } from "./seen.js";
import { localise } from "./times.js";

const form = document.querySelector("#search");
const box = form.elements.q;
const found = document.querySelector("#found");
const said = document.querySelector("#said"); // for who does not see the cards change
const home = found.dataset.address;
const PAUSE = 160; // ms after the last key: longer than between two keys, shorter than a wait

mark(found);
addEventListener("pageshow", () => mark(found)); // back from a demo, the page is as one left it

let asked = new AbortController();
let timer;

async function show(search) {
  asked.abort();
  asked = new AbortController();
  found.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${home}/found${search}`, { signal: asked.signal });
    if (!answer.ok) throw new Error(answer.statusText);
    found.innerHTML = await answer.text();
    localise(found);
    mark(found);
    said.textContent = found.querySelector(".count")?.textContent ?? "";
    found.removeAttribute("aria-busy");
    return true;
  } catch (error) {
    if (error.name !== "AbortError") location.assign(home + search); // its page tells what is wrong
    return false;
  }
}

function typed() {
  const params = new URLSearchParams(new FormData(form));
  if (!params.get("q")) params.delete("q");
  const search = params.size ? `?${params}` : "";
  history.replaceState(null, "", home + search);
  show(search);
}

box.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(typed, PAUSE);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  typed();
  if (matchMedia("(hover: none)").matches) box.blur(); // puts a phone's keyboard away
});

found.addEventListener("click", async (event) => {
  const link = event.target.closest("a");
  const plain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button);
  if (!link || !plain || link.pathname !== home) return;
  event.preventDefault();
  clearTimeout(timer);
  if ("clear" in link.dataset) box.value = "";
  history.pushState(null, "", link.href);
  const { keep } = link.dataset;
  const paging = link.rel;
  if (!(await show(link.search))) return;
  if (paging) scrollTo({ top: 0 });
  const next = keep ? found.querySelector(`[data-chip="${keep}"] summary`) : null;
  (next ?? box).focus({ preventScroll: true });
});

addEventListener("popstate", () => {
  box.value = new URLSearchParams(location.search).get("q") ?? "";
  show(location.search);
});

addEventListener("click", (event) => {
  for (const open of found.querySelectorAll("details[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = found.querySelector("details[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  } else if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    box.focus();
  }
});
