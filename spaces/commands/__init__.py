"""The teams' command line: a Space made from a template, run, checked, published, updated."""
