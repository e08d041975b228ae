// Talks at the visitor's own time of day; without this script their day is there with the hours
// in the event's time zones.

const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

for (const span of document.querySelectorAll("[data-starts]")) {
  const [starts, ends] = [span.dataset.starts, span.dataset.ends].map((text) => new Date(text));
  span.textContent = `${day.format(starts)}, ${hours.formatRange(starts, ends)}`;
  span.title = "in your time zone";
}
