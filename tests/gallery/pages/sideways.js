// How much wider the page is than the screen, and what of it stands out.
() => {
  const page = document.documentElement, width = page.clientWidth;
  if (page.scrollWidth <= width) return [];
  const wide = [...document.body.querySelectorAll("*")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.right > width + 1 && box.width > 0 && !one.closest(".scroll, pre");
  });
  const named = wide.slice(-3).map((one) => one.outerHTML.slice(0, 120));
  return [`${page.scrollWidth} of ${width}`, ...named];
}
