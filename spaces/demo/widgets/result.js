// The result's state: what the server tells of it, and what is shown then.

const root = element.querySelector(".stage");
const one = (selector) => root.querySelector(selector);
const shown = one(".shown");
const underlay = one(".underlay");
const divider = one(".divider");
const film = one(".film");
const keeping = meet("keeping").promise;
const handed_in = props.takes_pictures ? meet("picture").promise : Promise.resolve(null);
const started_from = meet("start").promise;
const made = [];
let kept = null;
let state = { phase: "empty" };
let job = null;
let lost = false;
let current = null;
let before = null;
let forgotten = [];

const BUSY = ["waiting", "running"];
const SIGNS = { failed: "✕ ", stopped: "■ " };
const SOON = 120e3;
const GONE = "The connection was lost, and with it the picture that was being made. Press Make it to ask for it again.";
const NO_CONNECTION = "No connection to the demo. It is tried again, and what you made is kept.";
const KEPT_FOR_LATER = "No connection to the demo. Your picture is asked for when it is back.";
const UNTIL_LATER = "No connection to the demo. Your picture is looked for when it is back.";

const is_busy = () => BUSY.includes(state.phase);

// News from the server

function take_news() {
  const value = props.value ?? { phase: "empty" };
  kept?.heard();
  if (value.job ? value.job !== job?.id : is_busy()) return;  // late news of what was stopped
  if (value.phase === "lost") return missing();
  if (value.phase === "running" && job?.phase === "waiting") note_job({ phase: "running" });
  become(value);
}

function become(value) {
  const was_busy = is_busy();
  state = { previews: [], pictures: [], message: "", seconds_left: null, ...value };
  const busy = is_busy();
  root.dataset.phase = state.phase;
  root.setAttribute("aria-busy", busy);
  if (busy !== was_busy) hand_over_focus(busy);
  closer.hidden = true;
  if (busy) {
    if (!was_busy) bring_into_view();
    if (current) before = current;
    current = null;
    compare(false);
  }
  if (state.phase === "running" && state.previews.length) look(state.previews[0], "Preview");
  if (state.phase === "done") arrived(state.pictures);
  const unseen = state.phase === "stopped" && !state.previews.length;
  if ((state.phase === "failed" || unseen) && !current) select(before);
  else if (state.phase === "failed") select(current);
  if (state.phase === "failed") ask_for_words();
  if (!busy) end_job(state.phase === "done");
  progress();
  strip(state.phase === "running" ? state.previews : []);
  say();
  offer(busy);
  document.dispatchEvent(new CustomEvent("sprint:stage"));
}

// A drawing's picture while more of it is drawn. The one before it stays what can be saved and used.
function glance(stage) {
  if (is_busy()) return;
  if (stage.phase !== "following") return become(stage);
  compare(false);
  state = { ...state, phase: "following", message: stage.message };
  root.dataset.phase = "following";
  if (stage.previews.length) look(stage.previews[0], "Picture of the drawing so far");
  say();
}

document.addEventListener("sprint:painted", ({ detail: { stage } }) => glance(stage));
