// The film strip: pictures that were made, kept in this browser, and what each brings back.

function arrived(pictures) {
  const fresh = pictures
    .filter((one) => !made.some((old) => old.id === one.id))
    .map(({ file, ...rest }) => ({
      ...rest,
      url: file.url,
      name: file.orig_name ?? "picture.png",
      input: job ? job.input : rest.live ? input_of_now() : null,
    }));
  if (fresh.some((one) => one.live)) drop_live();
  made.unshift(...fresh.filter((one) => !one.example));
  const first = made.find((one) => one.id === pictures[0]?.id) ?? fresh[0];
  if (first && first !== current) select(first);
  if (fresh.some((one) => one.live)) keep_pictures(fresh, null);
  if (job && first) kept?.keep({ fields: { ...kept.work.fields, seed: pictures[0].seed } });
}

// A picture that was painted on the way gives its place to the next.
function drop_live() {
  const passing = made.filter((one) => one.live);
  made.splice(0, made.length, ...made.filter((one) => !one.live));
  kept?.forget(passing.map((one) => one.id));
}

// Keeps the files themselves: the server throws its own away after some hours. Until all of them
// are here, the job can be found again.
async function keep_pictures(pictures, name) {
  kept ??= await keeping;
  const now = Date.now();
  try {
    for (const [place, picture] of pictures.entries()) {
      const answer = await fetch(picture.url);
      if (!answer.ok) throw new Error(answer.statusText);
      const blob = await answer.blob();
      if (!made.includes(picture)) continue;  // live, and painted over
      picture.at = now - place;  // the strip's order
      const { url, ...rest } = picture;
      kept.use(picture.input);
      await kept.add({ ...rest, blob });
      picture.url = URL.createObjectURL(blob);
      if (picture === current) select(picture);
    }
    strip(state.phase === "running" ? state.previews : []);
  } catch {
    return;
  }
  if (name && kept.work.job?.id === name) kept.keep({ job: null });
}

function select(picture) {
  current = picture;
  kept?.keep({ current: picture && !picture.example ? picture.id : null });
  look(picture?.url, picture ? `Picture for the words: ${picture.prompt}` : "");
  if (!picture) return;
  const save = one(".save");
  save.href = picture.url;
  save.download = picture.name;
  if (picture.map) underlay.src = picture.map;
}

function strip(previews) {
  const live = previews.length > 1 ? previews.map((url) => ({ url })) : [];
  show_hearts();
  const frames = [...live, ...in_strip().map((picture) => ({ url: picture.url, picture }))];
  one(".reel").hidden = !forgotten.length && !hearts_alone && frames.length < (current ? 2 : 1);
  while (film.children.length > frames.length) film.lastChild.remove();
  frames.forEach(({ url, picture }, index) => {
    const button = film.children[index] ?? film.appendChild(frame());
    const image = button.firstChild;
    if (image.getAttribute("src") !== url) image.src = url;
    button.picture = picture;
    button.disabled = !picture;
    button.classList.toggle("hearted", Boolean(picture?.heart));
    button.setAttribute("aria-label", picture ? called(picture) : "Preview");
    button.setAttribute("aria-pressed", Boolean(picture) && picture === current);
  });
  one(".save-all").hidden = in_strip().length < 2;
  one(".forget").hidden = !frames.length && !forgotten.length;
  const spares = !hearts_alone && leaving().length < made.length;
  one(".forget").textContent = forgotten.length ? "Bring back" : spares ? "Forget the rest" : "Forget all";
}

function called({ prompt, seed, heart }) {
  return `${prompt}, seed ${seed}${heart ? ", with a heart" : ""}`;
}

function frame() {
  const button = document.createElement("button");
  button.type = "button";
  button.append(document.createElement("img"));
  button.firstChild.alt = "";
  button.addEventListener("click", () => { if (!is_busy()) bring_back(button.picture); });
  return button;
}

// Shows a picture, with its words, settings and drawing, some of them `changed`, until the fields
// have them.
async function bring_back(picture, changed = {}, { anyway = false } = {}) {
  compare(false);
  await set_aside({ anyway });
  select(picture);
  become({ phase: "done", pictures: [] });
  const detail = { input: picture.input, url: picture.url };
  document.dispatchEvent(new CustomEvent("sprint:recall", { detail }));
  if (picture.parameters) await until_recalled(() => trigger("recall", { parameters: picture.parameters }));
  const fields = picture.parameters ? changed : { prompt: picture.prompt, ...picture.settings, ...changed };
  if (Object.keys(fields).length) await until_recalled(() => put_fields(fields));
}

// A picture brings its words, settings and drawing back. What stood there before, if it is not what
// the picture shown was made from, is kept for "Back"; `anyway`, even if it is.
async function set_aside({ anyway = false } = {}) {
  kept ??= await keeping;
  await kept.flush();
  const { fields, picture } = kept.work;
  const saved = current && fields?.prompt === (current.settings.prompt ?? current.prompt)
    && (fields.negative_prompt ?? "") === (current.settings.negative_prompt ?? "")
    && input_of_now() === current.input;
  if ((saved && !anyway) || (!fields?.prompt?.trim() && !input_of_now())) return;
  for (const id of Object.values(picture?.inputs ?? {})) kept.use(id);
  kept.keep({ draft: { fields: { ...fields }, picture } });
  one(".back").hidden = false;
}

document.addEventListener("sprint:noted", ({ detail: { text } }) => note_below(text));

// A picture that was made here or elsewhere, and comes back as a file.
document.addEventListener("sprint:opened", async ({ detail: { blob, name, parameters } }) => {
  if (is_busy()) return;
  await set_aside();
  const text = (value) => (typeof value === "string" ? value.slice(0, 2000) : "");
  const { seed, steps, negative_prompt } = parameters;
  const about = ["From a file"];
  if (Number.isInteger(seed)) about.push(`Seed ${seed}`);
  if (Number.isInteger(steps)) about.push(steps === 1 ? "1 step" : `${steps} steps`);
  const picture = {
    id: `opened-${fresh_name()}`, url: URL.createObjectURL(blob), name, parameters, input: null,
    prompt: text(parameters.prompt), seed: Number.isInteger(seed) ? seed : null,
    settings: { negative_prompt: text(negative_prompt) }, about: about.join(" · "), map: null,
  };
  made.unshift(picture);
  select(picture);
  become({ phase: "done", pictures: [] });
  trigger("recall", { parameters });
  keep_pictures([picture], null);
});

function until_recalled(ask) {
  const recalled = new Promise((resolve) => {
    document.addEventListener("sprint:recalled", resolve, { once: true });
  });
  ask();
  return recalled;
}

function put_fields(fields) {
  kept?.keep({ fields: { ...kept.work.fields, ...fields } });
  trigger("recall", { fields });
}

one(".back").addEventListener("click", () => {
  const { draft } = kept.work;
  one(".back").hidden = true;
  kept.keep({ draft: null });
  if (!draft) return;
  put_fields(draft.fields);
  document.dispatchEvent(new CustomEvent("sprint:recall", { detail: { picture: draft.picture } }));
});

// Takes pictures out of the browser: those that are seen, but none with a heart as long as there are
// others. Until the page is left they can be brought back.
function leaving() {
  const others = made.filter((picture) => !picture.heart);
  return hearts_alone || !others.length ? in_strip() : others;
}

one(".forget").addEventListener("click", async () => {
  kept ??= await keeping;
  if (forgotten.length) {
    const back = forgotten;
    forgotten = [];
    made.push(...back);
    made.sort((one, other) => (other.at ?? Infinity) - (one.at ?? Infinity) || 0);
    for (const { url, ...picture } of back) {
      await kept.add({ ...picture, blob: await (await fetch(url)).blob() });
    }
  } else {
    forgotten = leaving();
    const left = made.filter((picture) => !forgotten.includes(picture));
    made.splice(0, made.length, ...left);
    kept.forget(forgotten.map((picture) => picture.id));
    before = null;
    if (forgotten.includes(current) && !is_busy()) {
      select(null);
      become({ phase: "empty" });
    }
  }
  strip([]);
});
