"""Pairs of a picture and its control map, with a caption: prepared, examined, streamed, published.

    sources/    where pictures come from: folders, Parquet, webdataset, the Hub, drawn circles
    recipe      what is asked of a preparation: annotator, size, filters, held-out share
    filters     which pictures are taken at all: size, shape, scores of their columns
    annotation  control maps with random thresholds, and the same map a second time
    making      one sample of a source to one pair
    journal     what a killed process leaves behind and goes on from
    shards      pairs as Parquet, as the Hub's viewer reads them
    preparing   all parts of a source over all cores; resumes
    doctor/     what is wrong with prepared data, in words and on a page
    order       which pair comes when, as a function of seed and position
    streaming   batches for training, from a folder or the Hub
    feed        the same by step
    publishing  card and upload

`training.prepare` is the command over them.
"""
