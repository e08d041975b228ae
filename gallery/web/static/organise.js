// Tables that sort by a column and copy as text for spreadsheets; without this script they read.

const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function key(row, column) {
  const cell = row.cells[column];
  return cell.dataset.sort ?? cell.textContent.trim();
}

function sortBy(table, heading) {
  const falling = heading.ariaSort === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.ariaSort = falling ? "descending" : "ascending";
  const rows = [...table.tBodies[0].rows];
  const column = heading.cellIndex;
  rows.sort((a, b) => order.compare(key(a, column), key(b, column)) * (falling ? -1 : 1));
  table.tBodies[0].append(...rows);
}

// A spreadsheet would run a cell that begins like a formula; with an apostrophe it is text.
function plain(cell) {
  return cell.innerText.trim().replace(/\s+/g, " ").replace(/^[=+\-@＝＋－＠]/, "'$&");
}

function text(table) {
  const lines = [...table.rows].map((row) => [...row.cells].map(plain).join("\t"));
  return lines.join("\n");
}

for (const table of document.querySelectorAll("table[data-sortable]")) {
  for (const heading of table.tHead.rows[0].cells) {
    if (!heading.textContent.trim()) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sortBy(table, heading));
    heading.replaceChildren(button);
  }
  const all = table.querySelector("[data-all]");
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of table.tBodies[0].querySelectorAll("input[type=checkbox]")) box.checked = all.checked;
    });
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const table = document.getElementById(button.dataset.copy);
  if (!table || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text(table));
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
