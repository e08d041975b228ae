// Tabs: upload, draw, camera; one is open.

function open(name) {
  origin = name;
  root.dataset.origin = name;
  for (const tab of tabs) {
    const chosen = tab.dataset.origin === name;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
  }
  for (const part of root.querySelectorAll("[role=tabpanel], .tools > [data-origin]")) {
    part.hidden = part.dataset.origin !== name;
  }
  complain("");
  look_through();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => {
    if (origin === tab.dataset.origin) return;
    open(tab.dataset.origin);
    publish();
    send_rest();
    bring_together();
  });
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
}
