"""One digest on many machines, by Ray Core: an engine on each node, driven as one (`engine.team`).

`node.py` is what runs on each of them and knows nothing of Ray; `nodes.py` is the only module that imports it: it finds
the nodes of a cluster, brings them the model and hands their engines over as they come. docs/cluster.md says how to
start one.
"""
