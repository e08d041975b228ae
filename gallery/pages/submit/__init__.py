"""The Submit page: a walkthrough in four steps, filled in live, so made with Gradio.

place.py     what a tab is working on, and in which order its saves were typed
form.py      the fields, and a submission's content from and to their values
shown.py     the parts that are only shown, as HTML: the card, the checks, one's submissions
handlers.py  what each event does: asks who acts, calls a use case, turns errors to sentences
layout.py    the four steps and what they hold
build.py     which event calls which handler
doors.py     which of Gradio's own addresses are open
host.py      Gradio's application of the page, for who is signed in
mount.py     the page in the gallery, made when somebody first comes
"""
