"""Replicas: the same engine several times, on one machine or many, behind one service. An option.

    routing  which replica a job goes to first: bookkeeping, without Ray
    router   the same, as Ray Serve asks for it
    replica  one engine in a process of its own, as Ray Serve runs it
    told     what passes between a replica and the service
    engine   all of them together, as the service sees one engine
    cluster  Ray Serve: begun, told how many, ended

Ray is imported when somebody wants replicas, and else not at all.
"""
