// Two settings against each other: the picture that is seen, and one of the same words, drawing and
// seed with another setting, which is painted here, or any other of the strip.

const dialog = element.querySelector(".against");
const one = (selector) => dialog.querySelector(selector);
const stage = meet("stage").promise;
const keeping = meet("keeping").promise;
const FIRST = "steps";  // the setting that most people ask about
let sides = { a: null, b: null };
let paints = 0;  // since it was opened
let awaited = null;  // the phase that the picture which is painted for B was last in

const is_alike = (a, b) => words_of(a) === words_of(b) && a.seed === b.seed && is_of_same(a, b);

async function show() {
  const { a, b } = sides;
  const { phase, preview, words, pictures } = (await stage).now();
  const busy = awaited !== null;
  for (const [name, picture] of Object.entries(sides)) {
    const image = one(`.${name} img`);
    const url = picture?.url ?? (name === "b" && busy ? preview : null);
    image.hidden = !url;
    if (url && image.src !== url) image.src = url;
    image.alt = picture ? `Picture for the words: ${picture.prompt}` : "";
    one(`.${name} .about`).textContent = picture?.about ?? "";
  }
  one(".none").hidden = Boolean(b) || busy;
  one(".told").textContent = busy || phase === "failed" ? words : "";
  const rows = b ? differing(a, b) : [];
  one(".differs").hidden = !rows.length;
  one(".differs tbody").replaceChildren(...rows.map(row_of));
  one(".other-input").hidden = !b || is_of_same(a, b);
  one(".paint").disabled = busy;
  one(".sheet").disabled = !b || busy;
  offer_pictures(pictures.filter((picture) => picture !== a), busy);
}

function row_of([label, ...values]) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = label;
  row.append(head, ...values.map((value) => {
    const cell = document.createElement("td");
    cell.dir = "auto";
    cell.textContent = value;
    return cell;
  }));
  return row;
}

function offer_pictures(pictures, busy) {
  one(".taken").hidden = !pictures.length;
  one(".taken .film").replaceChildren(...pictures.map((picture) => {
    const button = document.createElement("button");
    const image = document.createElement("img");
    image.src = picture.url;
    image.alt = "";
    button.type = "button";
    button.disabled = busy;
    button.append(image);
    button.setAttribute("aria-label", `${picture.prompt}, seed ${picture.seed}`);
    button.setAttribute("aria-pressed", picture === sides.b);
    button.addEventListener("click", async () => {
      sides.b = picture === sides.b ? null : picture;
      await show();
      one(`.taken [aria-label="${CSS.escape(button.getAttribute("aria-label"))}"]`)?.focus();
    });
    return button;
  }));
}

// Another setting for B

let offered = {};

async function offer_settings() {
  const { a } = sides;
  const recipe = await fetch(a.url).then((answer) => answer.blob()).then(read_recipe).catch(() => null);
  const input = a.input && await (await keeping).input(a.input);
  const [lead] = objects_in(recipe?.parameters.controls);
  offered = Object.fromEntries(varying(a, lead, Boolean(input) && !input.map_of && !input.painted));
  const names = Object.keys(offered);
  one(".another").hidden = !names.length;
  one(".which").replaceChildren(...names.map((name) => new Option(offered[name].label, name)));
  if (names.includes(FIRST)) one(".which").value = FIRST;
  offer_values();
}

function offer_values() {
  one(".value :is(input, select)")?.remove();
  const field = offered[one(".which").value];
  if (field) one(".value").append(field.choices ? choice_of(field) : number_of(field));
}

function choice_of({ choices, value: now }) {
  const select = document.createElement("select");
  const others = choices.filter(([, value]) => value !== now);
  select.append(...others.map(([words, value]) => new Option(words, JSON.stringify(value))));
  return select;
}

// It begins at twice as much, or at half of it where there is no room.
function number_of({ low, high, step, value: now }) {
  const input = document.createElement("input");
  const wanted = 2 * now > high ? now / 2 : 2 * now || (low + high) / 2;
  const steps = Math.round((Math.min(Math.max(wanted, low), high) - low) / step);
  Object.assign(input, { type: "number", min: low, max: high, step, required: true });
  input.value = Number((low + steps * step).toFixed(4));
  return input;
}

one(".which").addEventListener("change", offer_values);
one(".another").addEventListener("submit", async (event) => {
  event.preventDefault();
  const value = JSON.parse(one(".value :is(input, select)").value);
  sides.b = null;
  awaited = "waiting";
  await show();
  const change = offered[one(".which").value].change(value);
  // The page is left with B's settings: what stood there before can be had back.
  await (await stage).paint(sides.a, change, { anyway: paints++ === 0 });
});

document.addEventListener("sprint:stage", async () => {
  if (!dialog.open) return;
  const { phase, picture } = (await stage).now();
  const was_busy = awaited === "running";
  const busy = phase === "running" || phase === "waiting";
  if (busy && awaited) awaited = "running";
  if (was_busy && !busy) {
    awaited = null;
    if (phase === "done") sides.b = picture;
  }
  show();
});

// Opening, closing, saving

document.addEventListener("sprint:against", async () => {
  const { picture: a, pictures } = (await stage).now();
  if (!a) return;
  awaited = null;
  paints = 0;
  sides = { a, b: pictures.find((picture) => picture !== a && is_alike(a, picture)) ?? null };
  await offer_settings();
  await show();
  dialog.showModal();
});

one(".close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => { awaited = null; });
one(".sheet").addEventListener("click", async () => {
  const { a, b } = sides;
  const file = await sheet_of(a, b, differing(a, b));
  (await stage).download(file, plain_name(`${words_of(a).slice(0, 40)}-A-B.png`, "A-B.png"));
});
