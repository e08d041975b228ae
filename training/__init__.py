"""From icon packages to the embedded model, a stage at a time.

    icons               draw the data: pictures, captions, control maps
    train_autoencoder   pictures to latents and back
    train_base          text encoder and UNet, on latents
    train_controlnet    a ControlNet on the frozen base
    package             one folder of all of them, in half precision
    evaluate            colour words, edges, seconds

Each is a command (`python -m training.icons --help`) whose `Config` says how long it takes and what
to expect. A training command that is started again goes on where it stopped.
"""
