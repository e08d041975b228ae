// What the model knows: a shelf of things, each a tap away; a surprise; and the nearest of what it
// knows, where a word is none of it.

const one = (selector) => element.querySelector(selector);
const known = new Set(props.value?.words ?? []);
const things = props.value?.things ?? [];
const COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "brown"];
const STYLES = ["flat icon", "shaded icon"];
const TAKEN_IN = 80;  // milliseconds until Gradio has what was written
const line = () => document.querySelector("#prompt textarea");

function with_article(phrase) {
  return `${/^[aeiou]/.test(phrase) ? "an" : "a"} ${phrase}`;
}

function write(words) {
  const field = line();
  if (!field) return;
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// Where nothing is drawn that a picture follows, it is asked for.
function make() {
  setTimeout(() => {
    const follows = document.querySelector(".picture[data-origin=draw][data-follows=true]");
    if (!follows) document.dispatchEvent(new CustomEvent("sprint:make"));
  }, TAKEN_IN);
}

const any_of = (list) => list[Math.floor(Math.random() * list.length)];

one(".surprise").addEventListener("click", () => {
  write(`${with_article(`${any_of(COLOURS)} ${any_of(things)}`)}, ${any_of(STYLES)}`);
  make();
});

// The shelf

const shelf = one(".shelf");
const search = one(".shelf input");

function show_things() {
  const wanted = search.value.trim().toLowerCase();
  const found = things.filter((thing) => thing.includes(wanted));
  one(".things").replaceChildren(...found.map((thing) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = thing;
    button.addEventListener("click", () => {
      write(`${with_article(thing)}, flat icon`);
      make();
    });
    return button;
  }));
  if (!found.length) one(".things").textContent = "Nothing of that name. Draw it, and say what it is.";
}

one(".shelf-opener").addEventListener("click", () => {
  shelf.hidden = !shelf.hidden;
  one(".shelf-opener").setAttribute("aria-expanded", !shelf.hidden);
  if (shelf.hidden) return;
  show_things();
  search.focus({ preventScroll: true });
});
search.addEventListener("input", (event) => {
  event.stopPropagation();
  show_things();
});

// Words that it does not know

let waiting = 0;

function look_through_words() {
  const found = first_unknown(line()?.value ?? "", known);
  one(".unknown").hidden = !found;
  if (!found) return;
  const { word, nearest } = found;
  one(".unknown-words").textContent = nearest
    ? `“${word}” is not among the words this model knows. The nearest is`
    : `“${word}” is not among the words this model knows. Draw it, and it follows your lines.`;
  const button = one(".nearest");
  button.hidden = !nearest;
  button.textContent = nearest ?? "";
  button.onclick = () => {
    write(line().value.replace(new RegExp(word, "i"), nearest));
    look_through_words();
    line().focus();
  };
}

document.addEventListener("input", (event) => {
  if (!event.target.closest?.("#prompt")) return;
  clearTimeout(waiting);
  waiting = setTimeout(look_through_words, 600);
});
document.addEventListener("sprint:words", () => setTimeout(look_through_words, 600));
document.addEventListener("sprint:recalled", look_through_words);
