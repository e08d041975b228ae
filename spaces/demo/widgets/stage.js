// The result: previews that sharpen in place, then the picture, what can be done with it, and a
// film strip of all that was made and is kept. What is under way is a job: it has a name, so that it
// is found again when the connection was lost or the page reloaded.

function compare(on) {
  one(".compare").setAttribute("aria-pressed", on);
  underlay.hidden = divider.hidden = !on;
  if (on) cut();
}

function cut() {
  root.style.setProperty("--cut", `${divider.value}%`);
}

divider.addEventListener("input", cut);
one(".compare").addEventListener("click", () => compare(divider.hidden));
one(".again").addEventListener("click", () => make({ seed: current.seed }));
one(".use").addEventListener("click", () => {
  document.dispatchEvent(new CustomEvent("sprint:use", {
    detail: { url: current.url, name: current.name },
  }));
});
one(".save").addEventListener("keydown", (event) => {
  if (event.key !== " " || event.repeat) return;
  event.preventDefault();  // which would scroll: this link is a button to whoever hears of it
  event.currentTarget.click();
});
one(".save").addEventListener("click", (event) => {
  if (event.currentTarget.getAttribute("aria-disabled") === "true") event.preventDefault();
});

// The control map, large, until it is pressed or something happens here.
const closer = one(".closer");

function look_closer(url, label) {
  closer.hidden = !url;
  if (!url) return;
  closer.firstChild.src = url;
  closer.setAttribute("aria-label", `What the model sees: ${label}. Press to close.`);
  bring_into_view();
  closer.focus({ preventScroll: true });
}

document.addEventListener("sprint:closer", ({ detail: { url, label } }) => look_closer(url, label));
closer.addEventListener("click", () => look_closer(null));
closer.addEventListener("keydown", (event) => { if (event.key === "Escape") look_closer(null); });

// A file dropped where nobody takes it would replace the page. The window hears of it last.
for (const kind of ["dragover", "drop"]) {
  window.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files") || event.defaultPrevented) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  });
}

// What this tab and this browser kept

async function put_back() {
  kept = await keeping;
  const { before: work, pictures } = kept;
  for (const { blob, ...picture } of pictures) {
    if (!made.some((one) => one.id === picture.id)) made.push({ ...picture, url: URL.createObjectURL(blob) });
  }
  if (work.stopped) trigger("stop", { job: work.stopped });
  kept.keep({ stopped: null });
  one(".back").hidden = !work.draft;
  const last = made.find((one) => one.id === work.current);
  if (last && state.phase === "empty") {
    select(last);
    become({ phase: "done", pictures: [] });
  }
  strip([]);
  if (work.job && !job) {
    job = { ...work.job, found: true };
    become({ phase: "waiting", job: job.id });
  }
  await Promise.all([recall_fields(work), handed_in]);
  await open_link();
  if (job?.found) {
    if (lost) return;
    trigger("resume", { job: job.id });
  }
}

async function recall_fields(work) {
  if (!work.fields) return;
  await until_recalled(() => trigger("recall", { fields: work.fields }));
  if (work.fold) document.querySelector("#advanced .label-wrap:not(.open)")?.click();
  const words = document.querySelector("#prompt textarea");
  if (work.caret && words) {
    words.focus({ preventScroll: true });
    words.setSelectionRange(...work.caret);
  }
}

// What the sheet of two settings knows and can do.
one(".against-opener").addEventListener("click", () => {
  document.dispatchEvent(new CustomEvent("sprint:against"));
});
meet("stage").offer({
  now: () => ({
    phase: state.phase, preview: state.previews?.[0] ?? null, words: one(".words").textContent,
    picture: current, pictures: made,
  }),
  paint: async (picture, changed, options) => {
    await bring_back(picture, changed, options);
    make({ seed: picture.seed });
  },
  download,
});

watch("value", take_news);
take_news();
put_back();
