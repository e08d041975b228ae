// Answers that are one press: left, equal or right, a skip, a conflict. What could not be sent is kept
// in this browser, for its owner alone, and sent when the connection is back, also after a closed lid.

const place = document.querySelector("[data-answers-of]");
const prefix = `answer ${place?.dataset.answersOf} `;
const AGAIN = 10e3;
let line = null;
let is_sending = false;

function tell(sentence) {
  if (!line) {
    line = document.createElement("p");
    line.className = "answer-kept";
    line.setAttribute("role", "status");
    place.after(line);
  }
  line.textContent = sentence;
}

const post = (address, body) => fetch(address, {
  method: "POST", credentials: "same-origin", headers: { Accept: "text/html" }, body: new URLSearchParams(body),
});
const is_signed_out = (answer) => new URL(answer.url).pathname.startsWith("/sign-in");

function keep(address, body) {
  try {
    localStorage.setItem(prefix + address, body);
    tell("No connection. Your answer is kept here, and sent when it is back.");
  } catch {
    tell("No connection. Your answer was not sent; press once more when it is back.");
  }
  setTimeout(send_kept, AGAIN);
}

async function send(form, button) {
  const address = form.getAttribute("action");
  const body = new URLSearchParams(new FormData(form, button)).toString();
  let answer;
  try {
    answer = await post(address, body);
  } catch {
    return keep(address, body);
  }
  if (answer.redirected && !is_signed_out(answer)) location.assign(answer.url);
  else {  // the refusal, or the way to sign in, is a page of its own
    form.removeEventListener("submit", pressed);
    form.requestSubmit(button);
  }
}

function pressed(event) {
  event.preventDefault();
  if (is_sending) return;
  is_sending = true;
  send(event.currentTarget, event.submitter).finally(() => { is_sending = false; });
}

// What this browser kept of an earlier press, or of an earlier visit.
async function send_kept() {
  let kept = [];
  try { kept = Object.keys(localStorage).filter((one) => one.startsWith(prefix)); } catch { return; }
  for (const one of kept) {
    const body = localStorage.getItem(one);
    if (body === null) continue;
    let answer;
    try {
      answer = await post(one.slice(prefix.length), body);
    } catch {
      return tell("No connection. Your answer is kept here, and sent when it is back.");
    }
    if (is_signed_out(answer)) return tell("You are signed out. Your answer is kept here, and sent when you are back.");
    if (answer.status >= 500 || answer.status === 429) return setTimeout(send_kept, AGAIN);
    localStorage.removeItem(one);
    tell(answer.redirected ? "Your answer of before is sent." : "Your answer of before was not taken: it came too late, or something changed since.");
  }
}

if (place) {
  for (const form of document.querySelectorAll("form[data-answer]")) form.addEventListener("submit", pressed);
  addEventListener("online", send_kept);
  send_kept();
}
