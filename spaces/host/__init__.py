"""One process, many demos: the pages of many teams, each at its path, over one engine.

listing.py      the file that says whose demos there are, read and checked
mistakes.py     what is wrong in it, in one sentence
share.py        one team's part of the engine: its ControlNets, defaults and limits
demos.py        each demo's application, built when somebody first comes
app.py          which path is whose, and the page that lists them
serving.py      a port, and the server on it
embedded.toml   the demos of the model that ships
"""
