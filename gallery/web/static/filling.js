// Fetches a part of the page again while more of it comes; without this script there is a link.

const EACH = 1500;

async function fill(section) {
  let answer;
  try {
    answer = await fetch(section.dataset.fill, { headers: { Accept: "text/html" } });
  } catch {
    return section; // away for a moment: the next try says more
  }
  if (!answer.ok) {
    delete section.dataset.fill;
    return section;
  }
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = document.importNode(made.querySelector(".filling"), true);
  const fold = next.querySelector("details");
  if (fold) fold.open = section.querySelector("details")?.open ?? false;
  const isHeld = section.contains(document.activeElement) && document.activeElement.tagName === "BUTTON";
  section.replaceWith(next);
  if (isHeld) next.querySelector("button")?.focus();
  return next;
}

async function watch(section) {
  while (section.dataset.fill) {
    await new Promise((done) => setTimeout(done, EACH));
    if (!document.hidden) section = await fill(section);
  }
}

for (const section of document.querySelectorAll("[data-fill]")) watch(section);
