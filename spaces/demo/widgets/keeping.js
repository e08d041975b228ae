// What a visitor made, kept in this browser. Words, settings and drawing belong to a tab, so that
// two tabs leave each other alone; made pictures belong to the demo, and every tab shows them.

const MOST_PICTURES = 100;
const MOST_BYTES = 80e6;
const MOST_HEARTS = 60;  // these stay, whatever else has to go
const MOST_HEARTED = 60e6;  // bytes
const MOST_TABS = 8;
const FRESH = 600e3;  // an input that nothing names yet may be about to be named
// Several demos on one host, each at its path, or one after the other at the same address.
const PLACE = `${location.pathname.replace(/\/+$/, "")}/ ${props.place}`;
const TAB = `sprint-tab ${PLACE}`;

// A tab holds its name for as long as it lives. One that is being reloaded lets go a moment later.
function claim(tab, wait) {
  if (!navigator.locks) return Promise.resolve(wait > 0);
  return new Promise((resolve) => {
    const options = wait ? { signal: AbortSignal.timeout(wait) } : { ifAvailable: true };
    const hold = (lock) => {
      resolve(Boolean(lock));
      return lock ? new Promise(() => {}) : undefined;
    };
    navigator.locks.request(`${TAB} ${tab}`, options, hold).catch(() => resolve(false));
  });
}

function own_name(name) {
  try {
    if (name) sessionStorage.setItem(TAB, name);
    return sessionStorage.getItem(TAB);
  } catch {
    return null;  // a frame without rights
  }
}

// This tab's work: as it was left, that of the tab that was closed last, or a copy in a tab that
// was duplicated.
async function find_work(store) {
  const all = (await store.all("work")).sort((a, b) => b.at - a.at);
  const before = own_name();
  if (before && (await claim(before, 1000))) {
    return all.find((work) => work.tab === before) ?? { tab: before };
  }
  const found = before ? all.find((work) => work.tab === before) : all[0];
  if (found && !before && (await claim(found.tab, 0))) {
    own_name(found.tab);
    return found;
  }
  const tab = fresh_name();
  own_name(tab);
  await claim(tab, 1000);
  return before && found ? { ...found, tab, job: null } : { tab };
}

async function open_keeping() {
  const store = await open_store(`sprint ${PLACE}`);
  const work = await find_work(store).catch(() => ({ tab: fresh_name() }));
  let writing = Promise.resolve();
  let later = 0;

  // True when it is kept. Where the browser has no room left, the oldest pictures make some.
  async function put(table, row) {
    for (let tries = 0; tries < 4; tries++) {
      try {
        await store.put(table, row);
        return true;
      } catch (error) {
        if (error?.name !== "QuotaExceededError" || !(await make_room())) return false;
      }
    }
    return false;
  }

  async function oldest_first() {
    return (await store.all("pictures")).sort((a, b) => a.at - b.at);
  }

  async function make_room() {
    const pictures = (await oldest_first()).filter((picture) => !picture.heart);
    const leaving = pictures.slice(0, Math.ceil(pictures.length / 4));
    await store.remove("pictures", leaving.map((picture) => picture.id));
    await tidy();
    return leaving.length > 0;
  }

  // Pictures beyond the bounds, inputs that no picture and no tab needs, work of long ago.
  async function tidy() {
    const [pictures, inputs, tabs] = await Promise.all([
      oldest_first(), store.all("inputs"), store.all("work"),
    ]);
    tabs.sort((a, b) => b.at - a.at);
    const old = tabs.slice(MOST_TABS).filter((one) => one.tab !== work.tab);
    const weights = new Map(inputs.map((input) => [input.id, weight(input)]));
    const needed = new Set();
    for (const one of tabs.filter((one) => !old.includes(one)).concat(work)) {
      for (const id of named_in(one)) needed.add(id);
    }
    let bytes = [...needed].reduce((sum, id) => sum + (weights.get(id) ?? 0), 0);
    const leaving = [];
    let left = 0;
    const newest_first = pictures.reverse();
    const newest = newest_first.find((picture) => !picture.heart);
    for (const picture of newest_first.sort((one, other) => Boolean(other.heart) - Boolean(one.heart))) {
      const inputs_of = [picture.input, ...of_further(picture.settings)].filter((id) => id && !needed.has(id));
      const own = inputs_of.reduce((sum, id) => sum + (weights.get(id) ?? 0), 0);
      bytes += picture.blob.size + own;
      left += 1;
      const stays = picture.heart || picture === newest;
      if (!stays && (left > MOST_PICTURES || bytes > MOST_BYTES)) leaving.push(picture.id);
      else inputs_of.forEach((id) => needed.add(id));
    }
    const unneeded = inputs.filter((one) => !needed.has(one.id) && Date.now() - one.at > FRESH);
    await store.remove("pictures", leaving);
    await store.remove("inputs", unneeded.map((input) => input.id));
    await store.remove("work", old.map((one) => one.tab));
  }

  function weight({ blob, sketch, lapse, colours, painted }) {
    const film = lapse?.moments.reduce((sum, { picture }) => sum + picture.length, 0) ?? 0;
    const points = sketch?.strokes.reduce((sum, stroke) => sum + stroke.points.length, 0) ?? 0;
    return (blob?.size ?? 0) + (sketch?.ground?.size ?? 0) + (colours?.size ?? 0) + (painted?.size ?? 0) + film + 20 * points;
  }

  const of_further = (fields) => (fields?.beside ?? []).map((control) => control.input);
  const named_in = (one) => [
    ...Object.values(one.picture?.inputs ?? {}),
    ...Object.values(one.draft?.picture?.inputs ?? {}),
    one.job?.input,
    one.start?.input,
    ...of_further(one.fields),
    ...of_further(one.draft?.fields),
  ].filter(Boolean);

  async function change_input(id, change) {
    const input = await store.get("inputs", id).catch(() => null);
    if (input) await put("inputs", { ...input, ...change });
  }

  function write() {
    clearTimeout(later);
    later = 0;
    read_fields();
    writing = writing.then(() => put("work", { ...work }));
    return writing;
  }

  // What is seen of the fields; those in a fold that was never opened are not there to be read.
  function read_fields() {
    const seen = { ...work.fields };
    for (const field of document.querySelectorAll("[id^='field-'], #prompt")) {
      const box = field.querySelector("textarea, input[type=number], input[type=checkbox], input");
      if (!box) continue;
      const name = field.id.replace("field-", "");
      if (box.type === "checkbox") seen[name] = box.checked;
      else if (box.type === "number") seen[name] = box.value === "" ? undefined : Number(box.value);
      else seen[name] = box.value;
    }
    work.fields = seen;
    const fold = document.querySelector("#advanced .label-wrap");
    if (fold) work.fold = fold.classList.contains("open");
    const words = document.querySelector("#prompt textarea");
    const at_words = words && document.activeElement === words;
    work.caret = at_words ? [words.selectionStart, words.selectionEnd] : null;
  }

  function keep(part) {
    Object.assign(work, part, { at: Date.now() });
    later ||= setTimeout(write, 100);
  }

  const pictures = await oldest_first().catch(() => []);
  tidy().catch(() => {});
  const before = { ...work };
  for (const event of ["input", "change", "click", "keyup"]) {
    document.addEventListener(event, (happened) => {
      if (happened.target.closest?.("#studio")) keep({});
    });
  }
  for (const event of ["pagehide", "visibilitychange"]) addEventListener(event, write);
  // All fields as they are, in folds that were never opened as well.
  document.addEventListener("sprint:recalled", ({ detail: { fields } }) => {
    keep({ fields: { ...work.fields, ...fields } });
  });

  const used = new Set(pictures.flatMap((picture) => [picture.input, ...of_further(picture.settings)]).concat(named_in(work)));
  const connection = watch_connection({
    flush: write,
    is_busy: () => document.querySelector(".stage")?.getAttribute("aria-busy") === "true",
  });
  return {
    work,  // as it is now
    before,  // as it was left
    pictures: pictures.reverse(),
    keep,
    flush: write,
    fields() {
      read_fields();
      return work.fields;
    },
    heard: connection.heard,
    look: connection.look,
    input: (id) => store.get("inputs", id).catch(() => undefined),
    use: (id) => { if (id) used.add(id); },
    // Keeps what was handed in, in place of what was there before, unless that made a picture.
    async put_input(input, old) {
      const id = fresh_name();
      await put("inputs", { ...input, id, at: Date.now() });
      if (old && !used.has(old)) store.remove("inputs", [old]).catch(() => {});
      else if (old && input.lapse) change_input(old, { lapse: null });  // the new one goes on
      return id;
    },
    put_moments: (id, sketch, lapse) => change_input(id, { sketch, lapse }),
    async add(picture) {
      const is_kept = await put("pictures", picture);
      tidy().catch(() => {});
      return is_kept;
    },
    // False where no more hearts fit. A picture that is not kept yet takes its heart with it.
    async heart(id, heart) {
      const tables = [store.all("pictures"), store.all("inputs")];
      const [pictures, inputs] = await Promise.all(tables).catch(() => [[], []]);
      const picture = pictures.find((one) => one.id === id);
      const hearted = pictures.filter((one) => one.heart || one === picture);
      const named = new Set(hearted.flatMap((one) => [one.input, ...of_further(one.settings)]));
      const with_them = inputs.filter((input) => named.has(input.id));
      const bytes = hearted.reduce((sum, { blob }) => sum + blob.size, 0)
        + with_them.reduce((sum, input) => sum + weight(input), 0);
      if (heart && (hearted.length > MOST_HEARTS || bytes > MOST_HEARTED)) return false;
      return !picture || put("pictures", { ...picture, heart, live: picture.live && !heart });
    },
    all: oldest_first,
    tidy,
    forget: (ids) => store.remove("pictures", ids).catch(() => {}),
  };
}

watch("value", () => {
  const { text } = props.value ?? {};
  if (text) document.dispatchEvent(new CustomEvent("sprint:noted", { detail: { text } }));
});

open_keeping().then(meet("keeping").offer);
