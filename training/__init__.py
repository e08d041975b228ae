"""Training in JAX and Flax: a ControlNet of one's own, and the model that ships.

    train_controlnet    a ControlNet on a base that stays: canny, scribble, palette
    evaluate            figures and sheets of a model: words, edges, palettes, styles, seconds
    loop/               budget, learning rate, checkpoints, precision, noise, latents
    data/               image folders, captions and their tokens, control maps
    evaluation/         what a model is asked for, and how its pictures are scored
    embedded/           the recipe of the embedded model, a stage at a time

Each stage is a command (`python -m training.train_controlnet --help`) whose `Config` says how long
it takes and what to expect. A training command that is started again goes on where it stopped.
"""
