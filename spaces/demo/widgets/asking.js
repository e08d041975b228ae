// Jobs: asking for a picture, stopping it, and finding it again after a lost connection.

function make({ seed = null } = {}) {
  if (is_busy()) return;
  job = { id: fresh_name(), phase: "waiting", seed, at: Date.now(), input: null };
  note_job({});
  document.dispatchEvent(new CustomEvent("sprint:making"));
  become({ phase: "waiting", job: job.id });
  ask_for(job);
}

// Asks the server once it has the picture that was handed in a moment before.
async function ask_for({ id, seed }) {
  if (document.querySelector("#map")) await (await meet("map").promise).settle();
  await (await handed_in)?.settle();
  if (document.querySelector("#start")) await (await started_from).settle();
  if (document.querySelector("#beside")) await (await meet("beside").promise).settle();
  if (job?.id !== id) return;
  note_job({ input: input_of_now() });
  for (const id of [job.input, ...(kept?.work.fields?.beside ?? []).map((control) => control.input)]) kept?.use(id);
  trigger("make", { job: id, seed });
}

// What is handed in now, by the name under which it is kept.
function input_of_now() {
  const { origin, inputs } = kept?.work.picture ?? {};
  return inputs?.[origin] ?? null;
}

// The job as it is found again by this tab.
function note_job(change) {
  Object.assign(job, change);
  kept?.keep({ job: { ...job } });
}

function stop() {
  if (!job) return;
  const { id } = job;
  const { step, steps, previews } = state;
  trigger("stop", { job: id });
  job = null;
  kept?.keep({ job: null, stopped: lost ? id : null });
  become({ phase: "stopped", step, steps, previews });
}

function end_job(is_done) {
  if (!job) return;
  const { id } = job;
  job = null;
  if (!is_done) kept?.keep({ job: null });
  else keep_pictures(made.filter((picture) => picture.id.startsWith(id)), id);
}

// The server does not know the job: it never came there, or the server was restarted.
function missing() {
  const { phase, at, again } = job;
  if (phase === "waiting" && !again && Date.now() - at < SOON) {
    note_job({ again: true, found: false });
    ask_for(job);
    return;
  }
  become({ phase: "failed", message: GONE });
}

document.addEventListener("sprint:make", () => make());
document.addEventListener("sprint:refused", async () => {
  if (!job) return;
  const { id, found = false } = job;
  await kept?.look();  // a demo that was started anew does not know the picture that is handed in
  if (job?.id === id) trigger("why", { job: id, found });
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#make")) make();
  if (event.target.closest?.("#stop")) stop();
});

// The two buttons take turns in one place.
function hand_over_focus(busy) {
  const [from, to] = busy ? ["#make", "#stop"] : ["#stop", "#make"];
  const had = document.querySelector(from)?.contains(document.activeElement);
  if (had) document.querySelector(to)?.focus({ preventScroll: true });
}

// While a picture is being made, Enter in the prompt would ask for another one behind it. Without a
// connection Gradio does not hear it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.closest?.("#prompt")) return;
  if (!is_busy() && !(lost && !event.shiftKey)) return;
  event.preventDefault();
  event.stopPropagation();
  if (!is_busy()) make();
}, true);

// The connection

document.addEventListener("sprint:connection", (event) => {
  lost = event.detail.lost;
  root.dataset.lost = lost;
  progress();
  say();
});
