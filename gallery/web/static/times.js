// Times in the visitor's own zone and words; without this script they read in UTC.

const forms = {
  day: { day: "numeric", month: "long", year: "numeric" },
  minute: { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZoneName: "short" },
};
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function words(date, form) {
  if (form !== "ago") return new Intl.DateTimeFormat("en-GB", forms[form]).format(date);
  const seconds = (date - Date.now()) / 1000;
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return "just now";
}

export function localise(root) {
  for (const time of root.querySelectorAll("time[data-form]")) {
    const date = new Date(time.dateTime);
    time.title = date.toString();
    time.textContent = words(date, time.dataset.form);
  }
}

localise(document);
