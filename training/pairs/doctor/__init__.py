"""Examination of pairs before a training: what is wrong, what to do, go or not, in words.

looking    one pair to what is known of it, in numbers
belonging  whether maps are of their own pictures
doubles    pictures that are there twice, by perceptual hash
examining  all pairs, over all cores, to a diagnosis
findings   what the numbers mean: good, mend first, stop
page       the diagnosis as one HTML file
"""
