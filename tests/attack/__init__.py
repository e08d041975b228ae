"""Attacks on what is served, each as a stranger would make it: `python -m tests.attack`.

    registry.py   what an attack is, and the list of all
    targets.py    what is attacked: a demo launched, two on a host, the gallery; each a process
    serving.py    that process
    calls.py      talking to Gradio as a program does
    files.py, addresses.py, uploads.py, queues.py, heads.py, malformed.py, pictures.py, drawings.py
                  one kind of attack each

To add an attack, write a function in the file of its kind, or in a new file that `KINDS` names:

    @attack("a picture of 49 megapixels", ways=("gallery",))
    def huge_picture(target: Target) -> None:
        ...
        hold(target.memory() < before + 400 * MB, "the process took 400 MB and more")

Everything is bounded in size and time, and stays on loopback.
"""
