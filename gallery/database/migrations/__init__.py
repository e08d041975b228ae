"""How the tables came to be, step by step. Before a first release there is one step."""
