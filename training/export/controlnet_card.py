"""Model card of a ControlNet."""

from collections.abc import Iterator

from training.export.card import (
    SHEET,
    Facts,
    linked_base,
    linked_data,
    model_card,
    settings_table,
    taken_over,
)


def controlnet_card(facts: Facts, *, annotator: str) -> str:
    """Markdown with its front matter."""
    tags = ["controlnet", "jax", "flax", annotator]
    return model_card(facts, tags=tags, sections=_sections(facts, annotator))


def _sections(facts: Facts, annotator: str) -> Iterator[str]:
    yield (
        f"A ControlNet that makes the pictures of its base model, {linked_base(facts)}, follow "
        f"control maps of the kind `{annotator}`. It was trained in JAX for {facts.step:,} steps "
        f"of the optimizer, {facts.settings['batch_size']} pictures a step."
    )
    if "control" in facts.figures:
        yield (
            f"Held-out pictures, painted at serving settings, follow their maps to "
            f"**{facts.figures['control']:.2f}** of 1; the same pictures without the ControlNet to "
            f"{facts.figures['control without']:.2f}. Below, from left to right: the map, the "
            f"picture that it is from, with the ControlNet, without it."
        )
        yield f"![Held-out maps and what was painted from them]({SHEET})"
    yield "## How to use it"
    yield (
        "```python\nfrom diffusers import ControlNetModel\n\n"
        f'controlnet = ControlNetModel.from_pretrained("{facts.repo_id}")\n```\n\n'
        f"In JAX: `python -m inference --model {facts.base} --controlnet "
        f"{annotator}={facts.repo_id} …`"
    )
    yield "## What it was trained on"
    yield f"Pairs of {linked_data(facts)}, with captions."
    yield settings_table(facts)
    yield "## Limitations"
    yield (
        f"{taken_over(facts)} Maps that were made in another way than in training are followed "
        "less well."
    )
