"""The recipe of the model that ships, from icon packages to one folder.

    icons               draw the data: pictures, captions, control maps
    train_autoencoder   pictures to latents and back
    train_base          text encoder and UNet, on latents
    train_control       a ControlNet on the frozen base: canny, scribble, palette
    train_together      the base and its ControlNets on, for words alone and few steps
    train_decoder       the autoencoder's decoder on: crisp edges, even areas
    package             one folder of all of them, as 8-bit integers
    recipe              all of these and `training.evaluate`, one after another

Each is a command (`python -m training.embedded.icons --help`); `python -m training.embedded` is the
recipe.
"""
