// Sharing a picture by a link, and opening one.

const DAMAGED = "This link is damaged or cut short, and nothing was taken from it. Ask for it once more.";

function note_below(text) {
  if (is_busy()) return;
  state.message = text;
  say();
}

one(".share").addEventListener("click", async () => {
  const { settings, prompt, seed, input: id } = current;
  const input = id && await kept?.input(id);
  const drawn = input?.origin === "draw" && !input.sketch?.ground;
  const fields = { prompt, ...settings, seed };
  const end = await write_link({ fields, strokes: drawn ? input.sketch.strokes : null });
  if (!end) return note_below("So much drawing does not fit into a link. Save the picture instead: it carries all.");
  const left = input && !drawn ? " Its words and settings travel; the picture that was handed in does not." : "";
  const url = location.origin + location.pathname + end;
  if (navigator.share && matchMedia("(pointer: coarse)").matches) {
    return navigator.share({ title: document.title, url }).catch(() => {});
  }
  try {
    await navigator.clipboard.writeText(url);
    note_below(`Link copied.${left}`);
  } catch {
    history.replaceState(null, "", end);
    note_below(`The link stands in the address line: copy it from there.${left}`);
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
