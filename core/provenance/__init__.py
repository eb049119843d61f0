"""Where pictures come from: marks that we leave in ours, and marks that we find in others'.

`manifest` signs and reads C2PA manifests, `stamp` draws and finds the badge,
`fingerprint` computes hashes. A hostile file is looked at by `core.photos.inspector`.
"""
