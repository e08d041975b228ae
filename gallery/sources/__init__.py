"""What the gallery knows from outside: the Hub's facts, the demos' health, and how old both are."""
