"""Model card of a fine-tuned text-to-image model."""

from collections.abc import Iterator, Sequence

from training.evaluation.held_out_loss import BEFORE, LOSS
from training.export.card import (
    SHEET,
    Facts,
    linked_base,
    linked_data,
    model_card,
    settings_table,
    taken_over,
)


def fine_tune_card(facts: Facts, *, prompts: Sequence[str]) -> str:
    """Markdown with its front matter; `prompts` are those of the sheet, from above."""
    tags = ["stable-diffusion", "text-to-image", "jax", "flax"]
    return model_card(facts, tags=tags, sections=_sections(facts, prompts))


def _sections(facts: Facts, prompts: Sequence[str]) -> Iterator[str]:
    yield (
        f"A text-to-image model: the base model {linked_base(facts)}, fine-tuned on captioned "
        f"pictures in JAX for {facts.step:,} steps of the optimizer, "
        f"{facts.settings['batch_size']} pictures a step. Its UNet was trained; text encoder and "
        "autoencoder are the base's."
    )
    if LOSS in facts.figures:
        yield (
            f"On held-out pictures its loss is **{facts.figures[LOSS]:.4f}**; that of the base, "
            f"with the same noise, is {facts.figures[BEFORE]:.4f}."
        )
    if prompts:
        yield "Below, from left to right: what the base paints, what this model does. From above:"
        yield "\n".join(f"- {prompt or '(no words)'}" for prompt in prompts)
        yield f"![The same words, painted by the base and by this model]({SHEET})"
    yield "## How to use it"
    yield (
        "```python\nfrom diffusers import StableDiffusionPipeline\n\n"
        f'pipeline = StableDiffusionPipeline.from_pretrained("{facts.repo_id}")\n'
        'pipeline("what it is to show").images[0].save("picture.png")\n```\n\n'
        f'In JAX: `python -m inference generate "what it is to show" --model {facts.repo_id}`'
    )
    yield "## What it was trained on"
    yield f"Pictures of {linked_data(facts)}, with captions."
    yield settings_table(facts)
    yield "## Limitations"
    yield (
        f"{taken_over(facts)} What the base knew and these pictures do not show may be forgotten "
        "in part. No safety checker comes with it: nothing looks at what its pictures show."
    )
