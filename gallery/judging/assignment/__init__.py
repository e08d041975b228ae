"""Assignment of demos to jurors: an integer program, and why there may be no answer."""
