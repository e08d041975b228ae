"""The named endpoints as tools for language models, by the Model Context Protocol over HTTP.

Gradio has such a server of its own. It asks itself over HTTP as one visitor for all, so nobody
could be bounded, gives pictures out by paths, which our door does not know, and wants an older
pydantic; and wherever the package `mcp` is installed, importing Gradio takes a sixth longer. What a
server without sessions has to say is little, so it is said here, and nothing is installed for it;
the tests talk to it with that package's own client, in both of the protocol's eras.

protocol.py  messages: JSON-RPC, the versions, what is answered to whom
tools.py     an endpoint as a tool: its schema, its arguments as the values of a call
calling.py   a call in the page's queue, message by message
results.py   what came of it, for who reads and for who looks
server.py    all of it at its address, behind the gate
"""
