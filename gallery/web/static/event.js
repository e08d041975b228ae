// Talks at the visitor's own time of day; without this script their day is there with the hours
// in the event's time zones.

const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

function day(date) {
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  const year = isThisYear ? {} : { year: "numeric" };
  return new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", ...year }).format(date);
}

for (const span of document.querySelectorAll("[data-starts]")) {
  const [starts, ends] = [span.dataset.starts, span.dataset.ends].map((text) => new Date(text));
  // A minus sign, at which no line breaks: GMT−5.
  span.textContent = `${day(starts)}, ${hours.formatRange(starts, ends).replace("-", "−")}`;
  span.title = "in your time zone";
}
