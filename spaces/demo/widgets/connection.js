// Whether the demo still answers. Gradio's page (6.31) is dead once it has lost a stream: it asks
// for the server's `app_id` every two seconds and then reloads itself. That cannot be prevented,
// only made harmless: the answer is held back until all is kept and no finger is on the page. What
// Gradio does not notice (nothing was under way, or a stream hangs) is asked for here.

const PING = 4000;  // while something is under way
const PING_AT_REST = 30000;
const TIMEOUT = 5000;
const HOLD = 15000;
const HANGING = 5000;

function watch_connection({ flush, is_busy }) {
  const plain = window.fetch.bind(window);
  const { root, api_prefix, app_id } = window.gradio_config;
  const address = `${root}${api_prefix}/app_id`;
  let lost = false;
  let gradio_knows = false;
  let heard = Date.now();
  let pressed = false;
  let asked = 0;

  function tell(now_lost) {
    if (lost === now_lost) return;
    lost = now_lost;
    document.dispatchEvent(new CustomEvent("sprint:connection", { detail: { lost } }));
  }

  async function ready_to_reload() {
    const end = Date.now() + HOLD;
    while (pressed && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.race([flush(), new Promise((resolve) => setTimeout(resolve, 2000))]);
  }

  async function reload() {
    await ready_to_reload();
    location.reload();
  }

  window.fetch = async (input, init) => {
    if (!String(input?.url ?? input).endsWith("/app_id")) return plain(input, init);
    gradio_knows = true;
    tell(true);
    const answer = await plain(input, init);
    if (answer.ok) await ready_to_reload();
    return answer;
  };

  async function ping() {
    if (gradio_knows) return;
    asked = Date.now();
    let answer;
    try {
      answer = await plain(address, { signal: AbortSignal.timeout(TIMEOUT), cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      answer = (await answer.json()).app_id;
    } catch {
      return tell(true);
    }
    if (answer !== app_id) {  // another process: nothing here means anything to it
      reload();
      return new Promise(() => {});
    }
    const was_lost = lost;
    tell(false);
    if (!was_lost || !is_busy()) return;
    const since = Date.now();
    setTimeout(() => { if (is_busy() && heard < since && !gradio_knows) reload(); }, HANGING);
  }

  setInterval(() => {
    if (document.visibilityState !== "visible") return;
    const pace = is_busy() || lost ? PING : PING_AT_REST;
    if (Date.now() - Math.max(asked, is_busy() ? heard : 0) >= pace) ping();
  }, 1000);
  addEventListener("offline", () => tell(true));
  addEventListener("online", ping);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ping();
  });
  addEventListener("pointerdown", () => { pressed = true; }, true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressed = false; }, true);
  return {
    heard: () => { heard = Date.now(); },
    // Asks at once; where another process answers, the page is loaded again and no more is said.
    look: ping,
  };
}
