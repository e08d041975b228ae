"""The demo page of every Space: fields, handlers, widgets, queue, API."""
