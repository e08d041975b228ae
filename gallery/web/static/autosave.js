// Saves a form as it is typed. The form says where to (`data-autosave`), on which number it was begun
// (`data-number`) and whose it is (`data-owner`, an account); the answer says the next number. What
// could not be sent is kept in this browser, for its owner alone, and sent when it can be: a lost
// connection, a closed lid, a reload or an ended session take nothing away. Two tabs never overwrite
// each other: the second is told, and chooses.

const PAUSE = 400;
const AGAIN = [2e3, 5e3, 10e3, 30e3];
const MOST_UNANSWERED = 20;

// `read` gives what the form says, `write` puts it back; `told` shows how it stands.
export function autosave(form, { read, write, told }) {
  const address = form.dataset.autosave;
  const owner = form.dataset.owner ? { owner: Number(form.dataset.owner) } : {};
  const place = `autosave ${form.dataset.owner ?? ""} ${address}`;
  let number = Number(form.dataset.number);
  let kept = JSON.stringify(read());
  let sending = null;
  let unanswered = [];  // what may have been kept although no answer came
  let timer = 0;
  let fails = 0;
  let stopped = "closed" in form.dataset;

  const typed = () => JSON.stringify(read());
  const is_saved = () => typed() === kept;

  function note() {
    try {
      if (is_saved()) {
        localStorage.removeItem(place);
        sessionStorage.setItem(place, JSON.stringify({ number, values: read() }));
      } else localStorage.setItem(place, JSON.stringify({ number, values: read(), unanswered }));
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
    const earlier = unanswered;
    unanswered = [...earlier, text].slice(-MOST_UNANSWERED);
    note();
    let answer;
    try {
      answer = await fetch(address, {
        method: "POST", keepalive, credentials: "same-origin",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ number, ...owner, ...values }),
      });
    } catch {
      return later("No connection. What you typed is kept here, and saved when it is back.");
    }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok && body.number === undefined) return later("What answered was not the gallery. What you typed is kept here, and sent again.");
    if (answer.ok) {
      fails = 0;
      kept = text;
      went_on(body.number);
      note();
      told({ state: "saved", at: new Date(body.saved_at) });
      return;
    }
    const sentence = capital(body.problem ?? body.error?.message ?? "the server could not save it");
    if (answer.status === 401) {
      const sign_in = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
      return later("You are signed out. What you typed is kept here, and saved when you are back.", { sign_in });
    }
    if (answer.status >= 500 || answer.status === 429) {
      return later(`${sentence}. What you typed is kept here, and sent again.`);
    }
    if (body.code === "stale" && earlier.includes(JSON.stringify(body.kept))) {
      fails = 0;
      kept = JSON.stringify(body.kept);
      went_on(body.number);  // it was this page's own, of which no answer had come
      return;
    }
    unanswered = earlier;
    stopped = true;
    if (body.code === "stale") return differ(sentence, body.number);
    told({ state: "refused", sentence: `${sentence}.` });
    if (answer.status === 422) stopped = false;  // the next change may be taken
  }

  function went_on(to) {
    number = to;
    unanswered = [];
    form.dataset.number = number;
    if (form.elements.number) form.elements.number.value = number;
  }

  function later(sentence, more = {}) {
    told({ state: "waiting", sentence, ...more });
    timer = setTimeout(send, AGAIN[Math.min(fails++, AGAIN.length - 1)]);
  }

  function differ(sentence, newest) {
    told({
      state: "stale",
      sentence: `${sentence}.`,
      take_theirs: () => { localStorage.removeItem(place); location.reload(); },
      keep_mine: () => { number = newest; stopped = false; send({ even: true }); },
    });
  }

  // A page that was on its way while the last save was is older than what is kept.
  try {
    const newer = JSON.parse(sessionStorage.getItem(place));
    if (newer?.number > number) {
      write(newer.values);
      kept = typed();
      went_on(newer.number);
    }
  } catch { /* as below */ }

  // What this browser kept of an earlier visit.
  try {
    const rest = JSON.parse(localStorage.getItem(place));
    if (rest && JSON.stringify(rest.values) === kept) localStorage.removeItem(place);
    else if (rest) {
      write(rest.values);
      if (stopped) told({ state: "refused", sentence: "What you typed last was not saved in time. It stands here, to be copied." });
      else if (rest.number === number || rest.unanswered.includes(kept)) send();
      else {
        stopped = true;
        differ("What you typed here was not saved, and something else was saved since", number);
      }
    }
  } catch { /* nothing was kept, or nothing that can be read */ }

  form.addEventListener("input", changed);
  addEventListener("online", () => { fails = 0; send(); });
  addEventListener("pagehide", () => { send({ keepalive: true }); });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) fails = 0;
    send({ keepalive: document.hidden });
  });
  // A page that comes out of the browser's memory may be older than what is kept.
  addEventListener("pageshow", (event) => { if (event.persisted && is_saved()) location.reload(); });
  return { changed, flush: () => send(), begin: () => send({ even: true }), is_saved };
}

function capital(sentence) {
  return sentence[0].toUpperCase() + sentence.slice(1);
}
