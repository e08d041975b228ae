"""Everything that can go wrong in training and is not a bug.

    TrainingError
    ├── UnreadableIconSet      a package of icons that is not to be had, or is none
    ├── UnusableDataset        data that is missing, empty, or does not fit together
    ├── HubRefusal             the Hub does not let us read or write, or is not to be had
    ├── OtherPreparation       a folder that holds something else than what is to be prepared there
    ├── DamagedCheckpoint      a run's state that cannot be read, or belongs to another model
    ├── UnknownControl         a control map's name that nothing here draws
    ├── UnlikeStart            a ControlNet to start from that does not fit the base
    ├── UnpackableWeights      weights that do not survive being stored smaller
    ├── AnotherRun             a folder that holds a run of other settings
    ├── NotFiniteLoss          a loss or a gradient that is infinite or no number
    └── WrongSettings          a configuration that cannot be

What is wrong with a model's folder is an `inference.errors.CheckpointError`. Each message is one
sentence: what was expected, what came, what to do.
"""

import sys
from collections.abc import Callable

from inference.errors import InferenceError


class TrainingError(Exception):
    """Base of all errors that training raises on purpose."""


class UnreadableIconSet(TrainingError):
    """A package could not be fetched, or is not what the icon sets' packages look like."""


class UnusableDataset(TrainingError):
    """Data is missing, empty, or does not fit together."""


class HubRefusal(TrainingError):
    """The Hub does not let us read or write, or cannot be reached."""


class OtherPreparation(TrainingError):
    """A folder holds a preparation with other settings, or somebody is at work in it."""


class DamagedCheckpoint(TrainingError):
    """A checkpoint of a run cannot be read, or belongs to another model."""


class UnknownControl(TrainingError):
    """A name that no control map has."""


class UnlikeStart(TrainingError):
    """A ControlNet to start from that does not fit the base."""


class UnpackableWeights(TrainingError):
    """Weights that do not survive being stored smaller."""


class AnotherRun(TrainingError):
    """A folder holds a run of other settings."""


class NotFiniteLoss(TrainingError):
    """A loss or a gradient came to infinity or NaN."""


class WrongSettings(TrainingError):
    """A configuration names something that is not there, or has a value that cannot be."""


def exit_code(command: Callable[[], None]) -> int:
    """Run a command line's work: 0, or 2 with the error's sentence on stderr."""
    try:
        command()
    except (TrainingError, InferenceError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0
