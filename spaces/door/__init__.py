"""The door: what strangers may send to a Gradio page, and what leaves it.

Gradio keeps files by the paths that its callers name, and checks them only where it serves a page
itself. Here a file has a name that nobody can guess, and only who handed it in, or was given it,
knows that name; it names a file of this process or nothing.

shelf.py     files by their names, bounded in bytes, number and age
folder.py    where this process keeps its files, swept when it was killed
files.py     names to paths on the way in, paths to names on the way out
blocks.py    Gradio's Blocks, with both ways through the door
sessions.py  what a new session costs: a copy of what is known of the components
values.py    what a value must be for the field that it is sent for
calls.py     what the body of a call must hold, and which endpoints there are
uploads.py   receiving a file, bounded in bytes, number and seconds
bodies.py    a request's body: whole, bounded, handed on as it was checked
answers.py   an answer's headers, and errors in one shape
gate.py      the ASGI middleware before Gradio's application: which routes there are
heads.py     the HTTP protocol, with bounds on heads
cut_off.py   requests that outlast the server, ended without a traceback
"""
