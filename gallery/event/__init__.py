"""A sprint as one file describes it: its people, dates, phases, rules, talks, links."""
