// Which demos this browser has opened: with forty to look at, one forgets. Nobody else is told.

const KEY = "seen demos";
const MOST = 2000;

function all() {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEY)) ?? []);
  } catch {
    return new Set(); // a browser that keeps nothing, or kept nonsense
  }
}

export function remember(id) {
  const seen = all();
  seen.delete(id);
  seen.add(id);
  try {
    localStorage.setItem(KEY, JSON.stringify([...seen].slice(-MOST)));
  } catch {
    // Then nothing is marked.
  }
}

export function mark(root) {
  const seen = all();
  for (const demo of root.querySelectorAll("[data-demo-id]")) {
    demo.classList.toggle("seen", seen.has(demo.dataset.demoId));
  }
}
