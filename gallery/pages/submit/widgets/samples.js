// Pictures with captions, in order; one of them is the cover. The value is
// {pictures: [{digest, caption}], thumbnail}.

const MOST = 24;
const MOST_MB = 20;
const list = element.querySelector(".samples-list");
const add = element.querySelector(".samples-add");
const chooser = element.querySelector("input[type=file]");
const problems = element.querySelector(".samples-problems");
let pictures = [];
let thumbnail = null;
let can_change = true;

function publish() {
  props.value = { pictures: pictures.map((one) => ({ ...one })), thumbnail, can_change };
  const detail = { samples: props.value };
  document.dispatchEvent(new CustomEvent("sprint:typed", { detail }));
}

function complain(sentence) {
  const line = document.createElement("li");
  line.className = "problem";
  line.textContent = sentence;
  problems.append(line);
}

function button(words, title, action, { disabled = false } = {}) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.title = title;
  made.setAttribute("aria-label", title);
  made.disabled = disabled;
  made.addEventListener("click", action);
  return made;
}

function change(action) {
  return () => { action(); draw(); publish(); };
}

function tile(picture, index) {
  const item = document.createElement("li");
  const image = document.createElement("img");
  image.src = `/pictures/${picture.digest}/480.webp`;
  image.alt = picture.caption || `Picture ${index + 1}`;
  const is_cover = (thumbnail ?? pictures[0]?.digest) === picture.digest;
  item.classList.toggle("cover", is_cover);
  const caption = document.createElement("input");
  caption.value = picture.caption;
  caption.maxLength = 200;
  caption.placeholder = "What it shows";
  caption.setAttribute("aria-label", `Caption of picture ${index + 1}`);
  caption.addEventListener("input", () => { pictures[index].caption = caption.value; publish(); });
  const tools = document.createElement("div");
  const swap = (other) => change(() => {
    [pictures[index], pictures[other]] = [pictures[other], pictures[index]];
  });
  tools.append(
    button(is_cover ? "Cover" : "Make cover", `Show picture ${index + 1} on the card`,
      change(() => { thumbnail = picture.digest; }), { disabled: is_cover }),
    button("←", `Move picture ${index + 1} forward`, swap(index - 1), { disabled: index === 0 }),
    button("→", `Move picture ${index + 1} back`, swap(index + 1),
      { disabled: index === pictures.length - 1 }),
    button("✕", `Remove picture ${index + 1}`, change(() => {
      pictures.splice(index, 1);
      if (thumbnail === picture.digest) thumbnail = null;
    })),
  );
  caption.readOnly = !can_change;
  item.append(image, caption, ...(can_change ? [tools] : []));
  return item;
}

function draw() {
  list.replaceChildren(...pictures.map(tile));
  add.hidden = !can_change || pictures.length >= MOST;
}

async function hand_in(files) {
  problems.replaceChildren();
  const fitting = [...files].filter(({ name, size }) => {
    const fits = size <= MOST_MB * 2 ** 20;
    if (!fits) complain(`${name}: a picture may have ${MOST_MB} MB, got ${Math.ceil(size / 2 ** 20)} MB; make it smaller`);
    return fits;
  });
  const images = fitting.slice(0, MOST - pictures.length);
  for (const [index, file] of images.entries()) {
    add.querySelector("strong").textContent =
      images.length > 1 ? `Sending ${index + 1} of ${images.length}…` : "Sending…";
    const form = new FormData();
    form.append("picture", file);
    try {
      const answer = await fetch("/pictures", {
        method: "POST", body: form, headers: { Accept: "application/json" },
      });
      const { digest, error } = await answer.json();
      if (error) complain(`${file.name}: ${error.message}`);
      else if (!pictures.some((one) => one.digest === digest)) {
        pictures.push({ digest, caption: "" });
        draw();
        publish();
      }
    } catch {
      complain(`${file.name} could not be sent; check the connection and add it once more`);
    }
  }
  if (fitting.length > images.length) complain(`a submission shows at most ${MOST} pictures; remove some first`);
  add.querySelector("strong").textContent = "Add pictures";
}

chooser.addEventListener("change", () => { hand_in([...chooser.files]); chooser.value = ""; });
for (const kind of ["dragover", "dragleave", "drop"]) {
  add.addEventListener(kind, (event) => {
    event.preventDefault();
    add.classList.toggle("over", kind === "dragover");
    if (kind === "drop") hand_in(event.dataTransfer.files);
  });
}

function take() {
  const value = props.value ?? {};
  const given = JSON.stringify([value.pictures ?? [], value.thumbnail ?? null, value.can_change ?? true]);
  if (given === JSON.stringify([pictures, thumbnail, can_change])) return;
  pictures = (value.pictures ?? []).map(({ digest, caption }) => ({ digest, caption }));
  thumbnail = value.thumbnail ?? null;
  can_change = value.can_change ?? true;
  draw();
}

watch("value", take);
take();
