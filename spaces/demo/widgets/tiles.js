// Examples: what was handed in, the words, what came out. One press puts all of it on the page.

const grid = element.querySelector(".tile-grid");

function picture(url, kind) {
  const image = document.createElement("img");
  image.className = kind;
  image.src = url;
  image.alt = "";
  image.loading = "lazy";
  return image;
}

grid.replaceChildren(...(props.value ?? []).map((tile, index) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tile";
  const words = document.createElement("span");
  words.textContent = tile.prompt;
  const was = tile.picture ? [picture(tile.picture.url, "was")] : [];
  button.append(picture(tile.result.url, "became"), ...was, words);
  button.addEventListener("click", () => {
    trigger("pick", { index });
    document.dispatchEvent(new CustomEvent("sprint:example"));
  });
  return button;
}));
