// Saves a form as it is typed. The form says where to (`data-autosave`) and on which number it was
// begun (`data-number`); the answer says the next. What could not be sent is kept in this browser and
// sent when it can be: a lost connection, a closed lid or a reload take nothing away. Two tabs never
// overwrite each other: the second is told, and chooses.

const PAUSE = 400;
const AGAIN = [2e3, 5e3, 10e3, 30e3];

// `read` gives what the form says, `write` puts it back; `told` shows how it stands.
export function autosave(form, { read, write, told }) {
  const address = form.dataset.autosave;
  const place = `autosave ${address}`;
  let number = Number(form.dataset.number);
  let kept = JSON.stringify(read());
  let sending = null;
  let timer = 0;
  let fails = 0;
  let stopped = "closed" in form.dataset;

  const typed = () => JSON.stringify(read());
  const is_saved = () => typed() === kept;

  function note() {
    try {
      if (is_saved()) localStorage.removeItem(place);
      else localStorage.setItem(place, JSON.stringify({ number, values: read() }));
    } catch { /* a browser that keeps nothing still saves to the server */ }
  }

  function changed() {
    note();
    if (stopped) return;
    told({ state: "typing" });
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  }

  async function send({ keepalive = false, even = false } = {}) {
    clearTimeout(timer);
    if (stopped || (is_saved() && !even)) return;
    if (sending) return sending.then(() => send());
    const values = read();
    const text = JSON.stringify(values);
    sending = post(values, text, keepalive).finally(() => { sending = null; });
    await sending;
    if (!stopped && !fails && !is_saved()) await send();
  }

  async function post(values, text, keepalive) {
    let answer;
    try {
      answer = await fetch(address, {
        method: "POST", keepalive, credentials: "same-origin",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ number, ...values }),
      });
    } catch {
      return later("No connection. What you typed is kept here, and saved when it is back.");
    }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) {
      fails = 0;
      ({ number } = body);
      kept = text;
      form.dataset.number = number;
      if (form.elements.number) form.elements.number.value = number;
      note();
      told({ state: "saved", at: new Date(body.saved_at) });
      return;
    }
    const sentence = body.problem ?? body.error?.message ?? "The server could not save it.";
    if (answer.status >= 500 || answer.status === 429) return later(`${capital(sentence)}.`);
    stopped = true;
    if (body.code === "stale") return differ(sentence, body.number);
    told({ state: "refused", sentence: `${capital(sentence)}.` });
    if (answer.status === 422) stopped = false;  // the next change may be taken
  }

  function later(sentence) {
    told({ state: "waiting", sentence });
    timer = setTimeout(send, AGAIN[Math.min(fails++, AGAIN.length - 1)]);
  }

  function differ(sentence, newest) {
    told({
      state: "stale",
      sentence: `${capital(sentence)}.`,
      take_theirs: () => { localStorage.removeItem(place); location.reload(); },
      keep_mine: () => { number = newest; stopped = false; send({ even: true }); },
    });
  }

  // What this browser kept of an earlier visit.
  try {
    const rest = JSON.parse(localStorage.getItem(place));
    if (rest && !stopped && JSON.stringify(rest.values) !== kept) {
      write(rest.values);
      if (rest.number === number) send();
      else {
        stopped = true;
        differ("what you typed here was not saved, and something else was saved since", number);
      }
    }
  } catch { /* nothing was kept, or nothing that can be read */ }

  form.addEventListener("input", changed);
  addEventListener("online", () => { fails = 0; send(); });
  addEventListener("pagehide", () => { send({ keepalive: true }); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) send({ keepalive: true }); });
  return { changed, flush: () => send(), begin: () => send({ even: true }), is_saved, forget: () => { kept = typed(); note(); } };
}

function capital(sentence) {
  return sentence[0].toUpperCase() + sentence.slice(1);
}
