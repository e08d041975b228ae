// Follows a drawing while it is made: asks for its picture again and again, one request at a time,
// always for what is drawn by then. `look` gives what is to be sent, or null; `arrived` is given each
// state of the result, never one of an older drawing after that of a newer.

const LATER = 250;  // milliseconds until it is asked again where others were first

function make_live({ look, arrived }) {
  const address = `${window.gradio_config.root}/live`;
  const session_hash = fresh_name();
  let newest = 0;
  let asked = 0;
  let shown = 0;
  let rests = true;
  let is_running = false;

  function changed(now_rests) {
    newest += 1;
    rests = now_rests;
    run();
  }

  async function run() {
    if (is_running) return;
    is_running = true;
    try {
      while (asked < newest) {
        asked = newest;
        await ask(asked, !rests);
      }
    } catch {
      asked = newest;  // without a connection: the next stroke tries again
    }
    is_running = false;
  }

  async function ask(turn, draft) {
    const seen = await look();
    if (!seen) return;
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ session_hash, turn, draft, ...seen }),
    });
    if (answer.status === 429) {
      await new Promise((resolve) => setTimeout(resolve, LATER));
      if (asked === newest) asked -= 1;
      return;
    }
    if (!answer.ok) {
      const { error } = await answer.json();
      take({ turn, stage: { phase: "failed", message: error[0].toUpperCase() + error.slice(1) } });
      return;
    }
    for await (const line of lines_of(answer.body)) take(JSON.parse(line));
  }

  function take({ turn, stage }) {
    if (turn < shown || turn > asked) return;
    shown = turn;
    arrived(stage, { is_newest: () => turn === newest });
  }

  return {
    moved: () => changed(false),
    rests: () => changed(true),
    // What is under way is not shown any more: something else takes its place.
    leave: () => { newest += 1; asked = newest; shown = newest; },
  };
}

async function* lines_of(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    yield* lines;
  }
}
