"""Charts as SVG, each with the table behind it: pure functions of numbers, without a script."""
