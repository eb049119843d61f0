"""The use cases: a message came in, a result came back.

`Conversation` is all that a frontend or a worker needs to know of the core.
"""

from core.conversation.conversation import Conversation
from core.conversation.policy import CONSENT_VERSION, Policy, Quotas
from core.conversation.tools import PhotoPath

__all__ = ["CONSENT_VERSION", "Conversation", "PhotoPath", "Policy", "Quotas"]
