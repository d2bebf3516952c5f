"""Transfer packages: a signed bag (BagIt 1.0, RFC 8493), as a folder or an uncompressed ZIP, between two machines.

    connected box: store, pdfs, model, wheels --content, software--> payload --make--> bag, signed (keys)
    lab box: bag --source (what lies there)--> check (signature, file set, sizes, hashes) --> staging --opening--> store

A bag that comes in is hostile until `check` has read all of it. docs/airgap.md has the way of working.
"""
