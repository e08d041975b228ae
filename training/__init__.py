"""From icon packages to the embedded model, a stage at a time.

    icons               draw the data: pictures, captions, control maps
    train_autoencoder   pictures to latents and back
    train_base          text encoder and UNet, on latents
    train_controlnet    a ControlNet on the frozen base: canny, scribble, palette
    train_together      the base and its ControlNets on, for words alone and few steps
    train_decoder       the autoencoder's decoder on: crisp edges, even areas
    distill             the base, with its ControlNets, into one that needs four steps
    package             one folder of all of them, as 8-bit integers
    evaluate            words, edges, palettes, styles, seconds; sheets
    embedded            all of these, one after another

Each is a command (`python -m training.icons --help`) whose `Config` says how long it takes and what
to expect. A training command that is started again goes on where it stopped.
"""
