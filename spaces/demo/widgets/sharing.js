// Sharing a picture by a link, and opening one.

const DAMAGED = "This link is damaged or cut short, and nothing was taken from it. Ask for it once more.";

function note_below(text) {
  if (is_busy()) return;
  state.message = text;
  say();
}

// What of a picture's making no link carries, a sentence each.
async function left_behind({ url, settings }, input, drawn) {
  const recipe = await fetch(url).then((answer) => answer.blob()).then(read_recipe).catch(() => null);
  const left = [];
  if (input && !drawn) left.push("Its words and settings travel; the picture that was handed in does not.");
  if (settings.beside?.some(({ own }) => own)) left.push("Further controls with a picture of their own are left out.");
  if (input?.painted) left.push("What was painted on the map is left out.");
  if (recipe?.init_image) left.push("The picture that it was started from does not travel.");
  return left;
}

// Whether the phone's own sheet took it, or was closed by a person, who then wants nothing else.
async function handed_over(url) {
  if (!navigator.share || !matchMedia("(pointer: coarse)").matches) return false;
  return navigator.share({ title: document.title, url }).then(() => true, ({ name }) => name === "AbortError");
}

one(".share").addEventListener("click", async () => {
  const { settings, prompt, seed, input: id } = current;
  const input = id && await kept?.input(id);
  const drawn = input?.origin === "draw" && !input.sketch?.ground;
  const beside = settings.beside?.filter(({ own }) => !own);
  const fields = { prompt, ...settings, ...(beside && { beside }), seed };
  const end = await write_link({ fields, strokes: drawn ? input.sketch.strokes : null });
  if (!end) return note_below("So much drawing does not fit into a link. Save the picture instead: it carries all.");
  const left = await left_behind(current, input, drawn);
  const url = location.origin + location.pathname + end;
  if (await handed_over(url)) return left.length ? note_below(left.join(" · ")) : undefined;
  try {
    await navigator.clipboard.writeText(url);
    note_below(["Link copied.", ...left].join(" · "));
  } catch {
    history.replaceState(null, "", end);
    note_below(["The link stands in the address line: copy it from there.", ...left].join(" · "));
  }
});

async function open_link() {
  if (!location.hash.startsWith(MARK)) return;
  const { hash } = location;
  history.replaceState(null, "", location.pathname + location.search);
  let told;
  try {
    told = await read_link(hash);
  } catch {
    return become({ phase: "failed", message: DAMAGED });
  }
  if (is_busy()) return;
  await set_aside();
  await recall_fields({ fields: told.fields });
  await (await handed_in)?.redraw(told.strokes);
  make({ seed: told.fields.seed ?? null });
}

addEventListener("hashchange", open_link);
