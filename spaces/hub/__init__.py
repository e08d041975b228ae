"""The Hugging Face Hub as a sprint sees it: its client, facts, model cards, demos' APIs."""
