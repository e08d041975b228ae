"""Teams and how one comes into them: sign-ups, ideas, requests, invitations, tokens."""
