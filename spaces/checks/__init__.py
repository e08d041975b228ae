"""Checks of a submission: rules over facts, run one by one. They know nothing of the gallery."""
