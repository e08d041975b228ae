"""Who may do what: accounts, signing in, taking part, ideas, teams."""
