// Further controls: each has a picture of its own, or the one that is handed in, is read in its own
// way, and acts with its own strength. The value is the list of them.

const root = element.querySelector(".beside");
const one = (selector) => root.querySelector(selector);
const list = one(".rows");
const model = one("template").content.firstElementChild;
const keeping = meet("keeping").promise;
let rows = [];
let ours = null;  // the value that came from here
let recipe = Promise.resolve(null);  // what the picture carries that is being put back

const choice_of = (row) => props.choices.find((choice) => choice.annotator === row.annotator && choice.control === row.control);

function file_data(sent, blob, name) {
  return {
    path: sent.path, url: sent.url, orig_name: name, size: blob.size, mime_type: blob.type,
    is_stream: false, meta: { _type: "gradio.FileData" },
  };
}

// What a row is read from, and how: its map is another one when that changes.
const key_of = ({ picture, own, annotator, control, settings }) =>
  JSON.stringify([picture?.path ?? own, annotator, control, settings]);

const told = ({ picture, own, input, annotator, control, scale, start, end, settings }) =>
  ({ picture, own, input, annotator, control, scale, start, end, settings });

function publish() {
  ours = rows.map((row) => ({ ...told(row), key: key_of(row) }));
  for (const row of rows) map_of(row);
  props.value = ours;
  keep();
}

// As this tab finds them again: the pictures themselves are kept by their names.
async function keep() {
  const kept = await keeping;
  const beside = rows.map((row) => ({ ...told(row), picture: null }));
  kept.keep({ fields: { ...kept.work.fields, beside } });
}

function complain(sentence) {
  one(".problem").textContent = sentence;
  one(".problem").hidden = !sentence;
}

function add() {
  const used = [props.lead, ...rows.map((row) => row.control)];
  const free = props.choices.find((choice) => !used.includes(choice.control)) ?? props.choices[0];
  rows.push(row_of({ annotator: free.annotator, control: free.control }));
  show();
  publish();
  list.lastChild.querySelector("select").focus();
}

// A row with all that is not told of it as it is at first.
function row_of(given) {
  const row = { picture: null, own: false, input: null, annotator: "automatic", control: "automatic", settings: {}, ...given };
  for (const { key, value } of props.numbers) row[key] ??= value;
  if (!choice_of(row)) row.annotator = "none";
  return row;
}

function show() {
  list.replaceChildren(...rows.map(shown));
  root.dataset.many = rows.length;
  one(".add").hidden = rows.length >= props.most;
}

function shown(row, at) {
  const field = model.cloneNode(true);
  field.querySelector("legend").textContent = `Control No. ${at + 2}`;
  const select = field.querySelector("select");
  select.append(...props.choices.map((choice, index) => new Option(choice.label, index)));
  select.value = props.choices.indexOf(choice_of(row));
  select.addEventListener("change", () => {
    const { annotator, control } = props.choices[select.value];
    Object.assign(row, { annotator, control, settings: {} });
    number_all();
    publish();
  });
  const numbers = field.querySelector(".numbers");
  function number_all() {
    const own = choice_of(row)?.settings ?? [];
    numbers.replaceChildren(
      ...props.numbers.map((part) => number(part, row)), ...own.map((part) => number(part, row.settings)),
    );
  }
  number_all();
  field.querySelector("input[type=file]").addEventListener("change", (event) => {
    const [chosen] = event.target.files;
    if (chosen) wait_for(choose(row, chosen, chosen.name || "picture.png"));
    event.target.value = "";
  });
  field.querySelector(".same").addEventListener("click", () => {
    Object.assign(row, { picture: null, own: false, input: null, url: null });
    picture_of(row, field);
    publish();
  });
  field.querySelector(".off").addEventListener("click", () => {
    rows = rows.filter((other) => other !== row);
    show();
    complain("");
    publish();
    one(".add").focus();
  });
  field.querySelector(".map-of").addEventListener("click", () => {
    const { image: url, label } = row.read;
    document.dispatchEvent(new CustomEvent("sprint:closer", { detail: { url, label } }));
  });
  row.field = field;
  picture_of(row, field);
  map_of(row);
  return field;
}

function picture_of(row, field) {
  const image = field.querySelector("img");
  image.hidden = !row.url;
  if (row.url) image.src = row.url; else image.removeAttribute("src");
  field.querySelector(".of-words").textContent = row.own ? "Its own picture" : "The same picture";
  field.querySelector(".same").hidden = !row.own;
}

// The map that its picture was read into, or why it was not.
function map_of({ read, field, ...row }) {
  const { image: map, label = "", message = "" } = (read?.key === key_of(row) && read) || {};
  const button = field.querySelector(".map-of");
  const image = button.querySelector("img");
  button.disabled = image.hidden = !map;
  button.querySelector("span").hidden = Boolean(map);
  if (map) image.src = map; else image.removeAttribute("src");
  image.alt = map ? `What the model sees: ${label}` : "";
  const words = field.querySelector(".unread");
  if (words.dataset.why !== message) words.textContent = message;  // which is read aloud
  words.dataset.why = message;
  words.hidden = !message;
}

document.addEventListener("sprint:maps", ({ detail: { maps } }) => {
  for (const row of rows) {
    row.read = maps.find(({ key }) => key === key_of(row)) ?? row.read;
    map_of(row);
  }
  const for_all = maps.find(({ key, message }) => !key && message);
  if (for_all) complain(for_all.message);
});

// A slider with the number that it stands at.
function number({ key, label, low, high, step, value }, of) {
  const line = document.createElement("label");
  const slider = document.createElement("input");
  const stands = document.createElement("output");
  Object.assign(slider, { type: "range", min: low, max: high, step, value: of[key] ?? value });
  slider.setAttribute("aria-label", label);
  const tell = () => { stands.textContent = slider.value; };
  tell();
  slider.addEventListener("input", tell);
  slider.addEventListener("change", () => {
    of[key] = Number(slider.value);
    publish();
  });
  const words = document.createElement("span");
  words.textContent = label;
  line.append(words, stands, slider);
  return line;
}

async function choose(row, blob, name) {
  complain("");
  if (blob.size > props.max_bytes) {
    const [size, most] = [blob.size, props.max_bytes].map((bytes) => Math.round(bytes / 1e6));
    return complain(`This file has ${size} MB, and at most ${most} MB can be read. Make it smaller first.`);
  }
  row.input = await (await keeping).put_input({ blob, name, origin: "beside" }, row.input);
  await hand_in(row, blob, name);
  publish();
}

async function hand_in(row, blob, name) {
  const mine = row.turn = (row.turn ?? 0) + 1;
  row.url = URL.createObjectURL(blob);
  row.own = true;
  picture_of(row, row.field);
  try {
    const sent = await upload(new File([blob], name, { type: blob.type }));
    if (mine === row.turn) row.picture = file_data(sent, blob, name);
  } catch {
    complain("The picture could not be sent. Choose it once more.");
  }
}

// What comes from the server: rows that were remembered. Their pictures are here, by their names, or
// in what the picture carries; one that is nowhere takes its row along.
async function take_in(values) {
  rows = values.map(row_of);
  show();
  const carried = await recipe;
  for (const row of [...rows]) {
    if (!row.own || row.picture) continue;
    const kept = row.input && await (await keeping).input(row.input);
    const blob = kept?.blob ?? carried?.controls[row.control];
    if (!blob) rows = rows.filter((other) => other !== row);
    else await hand_in(row, blob, kept?.name ?? "map.png");
    if (blob && !kept) Object.assign(row, row_of({ ...row, annotator: "none" }));
  }
  show();
  publish();
}

watch("value", () => {
  const { value } = props;
  if (value === ours || JSON.stringify(value) === JSON.stringify(ours)) return;
  ours = value;
  wait_for(take_in(value ?? []));
});

document.addEventListener("sprint:opened", ({ detail: { blob } }) => {
  recipe = read_recipe(blob).catch(() => null);
});
document.addEventListener("sprint:recall", ({ detail: { url } }) => {
  recipe = url ? fetch(url).then((answer) => answer.blob()).then(read_recipe).catch(() => null) : Promise.resolve(null);
});

one(".add").addEventListener("click", add);
show();
meet("beside").offer({ settle: arrived, rows: () => rows.map(told) });
