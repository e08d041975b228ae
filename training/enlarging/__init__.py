"""Teaching and measuring upscalers: pairs of a small picture and its large drawing, and figures."""
