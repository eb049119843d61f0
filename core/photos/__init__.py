"""Photos: from bytes that anyone may have sent to a picture that is safe to keep.

``PhotoNormaliser`` decodes in a bounded helper process and hands back a new JPEG without
metadata, or raises ``PhotoRejected`` with a reason. Nothing here knows chats, stores or models.
"""

from core.photos.normaliser import PhotoHelperUnavailable, PhotoNormaliser
from core.photos.photo import NOTES, REASONS, GateReport, Photo, PhotoLimits, PhotoRejected

__all__ = [
    "NOTES",
    "REASONS",
    "GateReport",
    "Photo",
    "PhotoHelperUnavailable",
    "PhotoLimits",
    "PhotoNormaliser",
    "PhotoRejected",
]
