"""What search engines read: a submission as schema.org describes software."""

import json

from markupsafe import Markup

from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.submissions.showing import Showing


def of_submission(gallery: Gallery, event: Event, shown: Showing) -> Markup:
    """JSON-LD, safe inside a script element: nothing in it can end that element."""
    base, submission = gallery.settings.base_url, shown.submission
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "SoftwareApplication",
        "applicationCategory": "MultimediaApplication",
        "name": shown.content.title,
        "url": f"{base}/{event.slug}/submissions/{submission.id}",
        "description": shown.content.summary,
        "author": {"@type": "Organization", "name": shown.team},
        "isPartOf": {"@type": "Event", "name": event.name, "url": f"{base}/{event.slug}/event"},
        "keywords": list(shown.content.tags),
    }
    if shown.hero:
        data["image"] = f"{base}/pictures/{shown.hero}/960.webp"
    if shown.content.license:
        data["license"] = shown.content.license
    text = json.dumps(data, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  no character of it means anything to HTML any more
