"""Strangers' picture files, decoded: a few small processes that are bounded in bytes and seconds.

    header   what a file says that it is, read without Pillow
    decode   one file to an upright picture of a bounded size; knows no processes
    worker   the program that decodes, with no environment, no files and little memory
    pool     who decodes next, and how many may wait

No JAX here: the gallery reads its uploads through the same door.
"""
