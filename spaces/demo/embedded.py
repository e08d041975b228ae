"""The demo of whatever model is asked for; the small one in the repository by default."""

from inference.request import EngineInfo
from spaces.demo.config import COLOURS, DemoConfig, usual_annotators
from spaces.demo.examples import examples
from spaces.demo.known import EMBEDDED, known_by

FEW_STEPS = 4
"""What a few-step model needs, which follows a drawing as it is made."""
WORDLESS = "a flat icon"
"""For a drawing that nobody has named: even areas, where no words at all make them mottled."""
PROMPTS = (
    "a red umbrella, flat icon",
    "a sailboat, flat icon",
    "a green cactus, shaded icon",
)
"""Things that the embedded model knows by their names, so that nobody needs to draw them first."""


def demo_config(model: str, info: EngineInfo) -> DemoConfig:
    """The page for a model: with its first ControlNet, or for words alone where it has none."""
    control = info.controls[0] if info.controls else None
    colours = COLOURS if COLOURS in info.controls and control != COLOURS else None
    if model == EMBEDDED:
        return DemoConfig(
            title="From a drawing to a picture",
            description="Draw something, or just name it, and a small model paints it.",
            control=control,
            colours=colours,
            words_alone=True,
            wordless=WORDLESS,
            first="draw",
            live=info.defaults.steps <= FEW_STEPS,
            prompts=PROMPTS,
            known=known_by(model),
            examples=examples(),
        )
    annotator, of_drawings = usual_annotators(control)
    return DemoConfig(
        title=info.model,
        description="Give it a picture and a few words." if control else "Give it a few words.",
        control=control,
        annotator=annotator,
        drawing_annotator=of_drawings,
        colours=colours,
    )
