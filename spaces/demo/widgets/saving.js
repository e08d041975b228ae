// Saving all pictures of the strip as one file, or those with a heart alone.

const UNREADABLE = "Some of the pictures are not there any more. Press Again to make one of them anew.";
const TOO_MANY = "So many pictures do not fit into one file. Give a heart to those that you want, and save these alone.";
const LASTS = 60e3;  // milliseconds, in which a browser has taken a file

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), LASTS);
}

const blob_of = async (picture) => {
  const answer = await fetch(picture.url);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.blob();
};

one(".save-all").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  button.setAttribute("aria-disabled", true);
  try {
    const found = await Promise.allSettled(
      in_strip().map(async ({ name, at, url }) => ({ name, at: at ?? Date.now(), blob: await blob_of({ url }) })),
    );
    const files = found.filter(({ value }) => value).map(({ value }) => value);
    if (files.length) download(await zip_of(files), plain_name(`${document.title}.zip`, "pictures.zip"));
    if (files.length < found.length) note_below(UNREADABLE);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    note_below(TOO_MANY);
  } finally {
    button.removeAttribute("aria-disabled");
  }
});
