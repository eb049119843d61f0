"""Whether a picture that came in is one of ours, without asking anybody."""

import hashlib

from core.conversation.tools import Tools
from core.domain.provenance import Fingerprint


async def ours(core: Tools, data: bytes, look: str) -> bool:
    """Return whether the register knows a picture: such a one is never read as a photo.

    Args:
        core: Stores.
        data: The file as it came.
        look: Perceptual hash of its pixels; empty for none.
    """
    if core.register is None:
        return False
    mark = Fingerprint(sha256=hashlib.sha256(data).hexdigest(), look=look)
    return await core.register.find(mark) is not None
