// The organisers' notes on each demo of the shortlist, saved as they are typed.

import { autosave } from "./autosave.js";

for (const form of document.querySelectorAll("form.note")) {
  const text = form.elements.text;
  const status = form.querySelector(".saved");
  const told = ({ state, at, sentence, take_theirs, keep_mine }) => {
    status.classList.toggle("problem", Boolean(sentence));
    status.replaceChildren();
    if (state === "saved") status.textContent = `Saved ${at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
    if (sentence) status.append(sentence);
    if (state !== "stale") return;
    for (const [words, action] of [["Take what is kept", take_theirs], ["Keep mine", keep_mine]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = words;
      button.addEventListener("click", action);
      status.append(button);
    }
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  autosave(form, {
    read: () => ({ text: text.value }),
    write: (values) => { text.value = values.text; },
    told,
  });
}
