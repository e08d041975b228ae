"""The look of demo, gallery and jury: theme, styles, fonts."""
