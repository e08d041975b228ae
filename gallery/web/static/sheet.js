// A sheet fills as its demos answer. What has not changed stays as it is, so that nothing flickers
// and no focus is lost; a lost connection is waited for.

const EVERY = 1500;
const AT_MOST = 15e3;

const tiles = document.querySelector("#tiles");
let fails = 0;

function take(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const tile of fresh.querySelectorAll(".tiles > li")) {
    const there = document.getElementById(tile.id);
    if (there?.dataset.version !== tile.dataset.version) there?.replaceWith(document.adoptNode(tile));
  }
  const status = tiles.querySelector(".how-far");
  const said = fresh.querySelector(".how-far").textContent;
  if (status.textContent !== said) status.textContent = said;
  tiles.querySelector(".done-line").value = fresh.querySelector(".done-line").value;
}

function turn(is_over) {
  for (const one of document.querySelectorAll("[data-while]")) {
    const failed = tiles.querySelector(".failed") !== null;
    one.hidden = one.dataset.while === "over" ? !(is_over && failed) : is_over;
  }
}

async function look() {
  let is_over = false;
  try {
    const answer = await fetch(tiles.dataset.from, { headers: { Accept: "application/json" } });
    if (answer.status === 404 || answer.status === 401) return location.reload();  // deleted, or signed out
    if (!answer.ok) throw new Error(answer.status);
    const body = await answer.json();
    take(body.html);
    turn(body.is_over);
    ({ is_over } = body);
    fails = 0;
  } catch {
    fails += 1;
  }
  if (!is_over) setTimeout(look, Math.min(AT_MOST, EVERY * 2 ** fails));
}

if (!("over" in tiles.dataset)) setTimeout(look, EVERY);
