// What is smaller to a finger than 40 pixels, or lies under something else. Links within running
// text are as high as its lines.
() => {
  const LEAST = 40, ACTS = "a[href], button, summary, input, select, textarea, [role=button]";
  const inText = (element) => {
    if (element.tagName !== "A" || getComputedStyle(element).display !== "inline") return false;
    const around = element.parentElement.closest(":not(bdi, strong, em, b, h1, h2, h3)");
    const words = around.cloneNode(true);
    for (const one of words.querySelectorAll("a, button, .unseen")) one.remove();
    return /\p{L}{2}/u.test(words.textContent);
  };
  const meets = (element, x, y) => {
    const met = document.elementFromPoint(x, y);
    if (!met) return false;
    return element.contains(met) || met.closest("label")?.control === element;
  };
  const reach = (element, x, y, dx, dy) => {
    let far = 0;
    while (far < LEAST && meets(element, x + dx * (far + 1), y + dy * (far + 1))) far += 1;
    return far;
  };
  for (const fold of document.querySelectorAll("details:not(.chip)")) fold.open = true;
  const small = [];
  for (const element of document.querySelectorAll(ACTS)) {
    if (element.disabled || element.type === "hidden") continue;
    if (element.closest("[inert], .skip")) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (inText(element)) continue;
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const box = element.getClientRects()[0];
    if (!box || box.width < 2) continue;
    const x = Math.floor(box.x + box.width / 2), y = Math.floor(box.y + box.height / 2);
    if (!meets(element, x, y)) {
      small.push(["covered", element.outerHTML.slice(0, 120)]);
      continue;
    }
    const width = 1 + reach(element, x, y, 1, 0) + reach(element, x, y, -1, 0);
    const height = 1 + reach(element, x, y, 0, 1) + reach(element, x, y, 0, -1);
    if (Math.min(width, height) < LEAST - 1)
      small.push([`${width}×${height}`, element.outerHTML.slice(0, 120)]);
  }
  return small;
}
