"""The engine over HTTP: what programs on other machines ask, with keys, bounds and figures.

    wire      requests and updates as JSON; pictures as PNG in base64
    problems  errors as JSON, and back
    keys      who may ask: a file of hashes
    quota     how much each key may ask for
    jobs      what was asked, until it is fetched or too old
    events    a job's updates as a stream of server-sent events
    metrics   figures for Prometheus
    traces    a job's life as OpenTelemetry's spans, where they are wanted
    body      a request's body, bounded in bytes and seconds
    described what the OpenAPI document says of bodies and answers
    app       the routes
    config    service.toml, each field checked
    server    uvicorn, from the warm-up to the last picture
    commands  `python -m inference serve` and `keys`

The other side is `inference.serving.client`; it shares `wire` and `problems`, which know neither
FastAPI nor JAX.
"""
