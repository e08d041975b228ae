"""Training in JAX and Flax: a ControlNet or a base of one's own, and the model that ships.

    prepare             pictures with captions become pairs of picture and control map
    train_controlnet    a ControlNet on any Stable Diffusion checkpoint; resumes to the bit
    train_base          the base itself, fine-tuned on pictures and captions; resumes to the bit
    train_upscaler      a network behind the decoder that makes pictures larger
    evaluate            figures and sheets of a model: words, edges, palettes, styles, seconds
    loop/               objective, step, schedule, sharding, checkpoints, noise, latents
    data/               image folders, captions and their tokens, control maps
    pairs/              what prepare stands on: sources, filters, maps, Parquet, resuming
    evaluation/         what a model is asked for, and how its pictures are scored
    enlarging/          small pictures with their large drawings, and figures of an upscaler
    export/             what comes out: weights in two layouts, cards, repository
    embedded/           the recipe of the embedded model, a stage at a time

Each stage is a command (`python -m training.embedded.train_base --help`) whose `Config` says how
long it takes and what to expect. A training command that is started again goes on where it stopped.
"""
