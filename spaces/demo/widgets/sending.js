// What is on its way to the server, and when it has arrived: a press of "Make it" waits for it.

const TAKEN_IN = 50;  // milliseconds until Gradio has what was handed in
const on_its_way = new Set();

function wait_for(promise) {
  on_its_way.add(promise);
  return promise.finally(() => on_its_way.delete(promise));
}

async function arrived() {
  if (!on_its_way.size) return;
  while (on_its_way.size) await Promise.allSettled(on_its_way);
  await new Promise((resolve) => setTimeout(resolve, TAKEN_IN));
}
