// Saves what is typed a moment after the typing stops, and says when it was saved.

const one = (selector) => element.querySelector(selector);
const LOOK = 200;
const SAVE = 1200;
let drawing = 0;
let saving = 0;
let typed = false;

function typing() {
  typed = true;
  clearTimeout(drawing);
  clearTimeout(saving);
  drawing = setTimeout(() => trigger("draw"), LOOK);
  if (props.value?.submission && props.value.status !== "stale") {
    one(".keeper-words").textContent = "Saving…";
    saving = setTimeout(save, SAVE);
  }
}

function save() {
  clearTimeout(saving);
  typed = false;
  trigger("keep");
}

// Whoever turns to another tab or closes the phone has what they typed saved at once.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && typed && props.value?.submission) save();
});
// Texts tell by themselves, however they came in: typed, pasted, spoken. What is chosen from a list
// and pictures tell by an event of ours.
document.addEventListener("input", ({ target }) => {
  if (target.closest("#walk") && !target.closest("#address, #team-name")) typing();
});
document.addEventListener("sprint:typed", typing);
window.addEventListener("beforeunload", (event) => {
  if (typed && props.value?.submission) event.preventDefault();
});

function words({ status, saved_at, state }) {
  if (status === "saved" && saved_at) {
    const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
    return `Saved ${time.format(new Date(saved_at))}`;
  }
  if (status === "problem") return "Not saved yet";
  if (status === "stale") return "Somebody else saved in between";
  if (status === "closed") return "Not saved";
  return state === "none" ? "Nothing to save yet" : "All is saved";
}

function show() {
  const value = props.value ?? {};
  element.dataset.status = value.status ?? "";
  one(".keeper-words").textContent = words(value);
  one(".keeper-problem").textContent = value.problem ?? "";
  one(".keeper-problem").hidden = !value.problem;
  one(".keeper-choice").hidden = value.status !== "stale";
  if (value.status === "saved" && !saving) typed = false;
  // The address leads back here, to this submission, when the page is loaded again.
  if (value.submission) {
    const address = new URL(location);
    address.searchParams.set("event", value.event);
    address.searchParams.set("submission", value.submission);
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }
}

one(".keeper-theirs").addEventListener("click", () => { typed = false; trigger("theirs"); });
one(".keeper-mine").addEventListener("click", () => trigger("mine"));
watch("value", show);
show();
