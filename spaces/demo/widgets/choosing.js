// Choosing a file: by its name, dropped or pasted; one that was made here brings its recipe.

const chosen = one(".chosen");

function choose(blob, name) {
  if (origin !== "upload") open("upload");
  show_chosen(URL.createObjectURL(blob));
  return hand_in(blob, name || "picture.png", "upload");
}

// A picture that was made here brings back all that it was made from, unless it is asked to be a
// picture like any other.
let opened = null;

function take(blob, name) {
  return wait_for(take_in(blob, name));
}

async function take_in(blob, name) {
  const recipe = await read_recipe(blob).catch(() => null);
  if (!recipe) return choose(blob, name);
  opened = { blob, name };
  const { parameters } = recipe;
  document.dispatchEvent(new CustomEvent("sprint:opened", { detail: { blob, name, parameters } }));
  await bring_map(recipe);
  one(".instead").hidden = false;
}

async function bring_map({ parameters, controls }) {
  const told = Array.isArray(parameters.controls) ? parameters.controls : [];
  const lead = told.map((one) => one?.name).find((name) => controls[name] && props.controls.includes(name));
  if (lead) {
    const colours = lead === props.colours ? null : (controls[props.colours] ?? null);
    open("upload");
    show_chosen(URL.createObjectURL(controls[lead]));
    await hand_in(controls[lead], "map.png", "upload", { map_of: lead, colours });
    return;
  }
  await put_in(origin, null);
  publish({ quietly: true });
  if (told.length) {
    complain("This picture does not carry a control map that can be used here. Its words and settings were taken.");
  }
}

one(".instead").addEventListener("click", () => {
  const { blob, name } = opened;
  wait_for(choose(blob, name));
});

function show_chosen(url) {
  one(".instead").hidden = true;
  chosen.hidden = !url;
  one(".remove").disabled = one(".draw-on").disabled = !url;
  if (url) chosen.src = url; else chosen.removeAttribute("src");
}

chosen.addEventListener("error", () => { chosen.hidden = true; });
one("input[type=file]").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) take(file, file.name);
  event.target.value = "";
});
one(".remove").addEventListener("click", () => {
  show_chosen(null);
  take_back("upload");
});
// The picture becomes the drawing's ground.
one(".draw-on").addEventListener("click", async () => {
  const ground = await picture_at(chosen.src);
  if (!ground) return;
  sketch.restore(ground, []);
  offer_steps();
  open("draw");
  following.leave();
  await wait_for(hand_in_drawing());
  follow();
});
// A file may be dropped anywhere: beside the box the browser would leave the page for it.
const carries_file = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  if (!root.isConnected || !carries_file(event)) return;
  event.preventDefault();
  root.classList.add("dragging");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) root.classList.remove("dragging");
});
document.addEventListener("drop", (event) => {
  root.classList.remove("dragging");
  if (!root.isConnected || !carries_file(event)) return;
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file) take(file, file.name);
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData?.types.includes("text/plain")) return;
  const file = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith("image/"));
  if (!file || !root.isConnected) return;
  event.preventDefault();
  take(file, file.name);
});
