"""What pages and API stand on: guard, templates, caching, assets. It knows no use case."""
