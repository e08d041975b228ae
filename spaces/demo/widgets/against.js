// Two settings against each other: the picture that is seen, and one of the same words, drawing and
// seed with another setting, which is painted here, or any other of the strip.

const dialog = element.querySelector(".against");
const one = (selector) => dialog.querySelector(selector);
const stage = meet("stage").promise;
const FIRST = "steps";  // the setting that most people ask about
const FEWEST = 2;  // choices, or there is nothing to choose
const MOST_SAID = 200;  // characters of a value, which may be a stranger's
let sides = { a: null, b: null };
let awaited = null;  // the phase that the picture which is painted for B was last in

const told_of = (picture) => picture.parameters ?? picture.settings ?? {};
const words_of = (picture) => picture.settings?.prompt ?? picture.prompt;
const is_alike = (a, b) => words_of(a) === words_of(b) && a.seed === b.seed && a.input === b.input;

// The fields that two pictures were made with differently, each with what they say.
function differing(a, b) {
  const [of_a, of_b] = [told_of(a), told_of(b)];
  const rows = Object.entries(props.fields)
    .filter(([name]) => of_a[name] !== undefined && of_b[name] !== undefined && of_a[name] !== of_b[name])
    .map(([name, field]) => [field.label, said(field, of_a[name]), said(field, of_b[name])]);
  if (words_of(a) !== words_of(b)) rows.unshift(["Prompt", words_of(a), words_of(b)]);
  return rows;
}

function said({ choices }, value) {
  const choice = choices?.find(([, own]) => own === value);
  if (choice) return choice[0];
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return String(value).slice(0, MOST_SAID) || "–";
}

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
  one(".other-input").hidden = !b || a.input === b.input;
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

function offer_settings() {
  const told = told_of(sides.a);
  const offered = Object.entries(props.fields).filter(([name, { varies, choices, of_control }]) => (
    varies && told[name] !== undefined && !(choices && choices.length < FEWEST) && (!of_control || sides.a.map)
  ));
  one(".another").hidden = !offered.length;
  one(".which").replaceChildren(...offered.map(([name, { label }]) => new Option(label, name)));
  if (offered.some(([name]) => name === FIRST)) one(".which").value = FIRST;
  offer_values();
}

function offer_values() {
  const name = one(".which").value;
  one(".value :is(input, select)")?.remove();
  const field = props.fields[name];
  if (!field) return;
  const now = told_of(sides.a)[name];
  one(".value").append(field.choices ? choice_of(field, now) : number_of(field, now));
}

function choice_of({ choices }, now) {
  const select = document.createElement("select");
  const others = choices.filter(([, value]) => value !== now);
  select.append(...others.map(([words, value]) => new Option(words, JSON.stringify(value))));
  return select;
}

// It begins at twice as much, or at half of it where there is no room.
function number_of({ low, high, step }, now) {
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
  await (await stage).paint(sides.a, { [one(".which").value]: value });
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
  sides = { a, b: pictures.find((picture) => picture !== a && is_alike(a, picture)) ?? null };
  offer_settings();
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
