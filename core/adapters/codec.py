"""Records as bytes. The only module that knows their stored form.

Every record is JSON with a schema version. What a newer version wrote is refused, never guessed.
"""

import json
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import Discriminator, TypeAdapter, ValidationError

from core.domain.cases import CaseHead, Turn
from core.domain.errors import RecordUnreadable
from core.domain.jobs import Job
from core.domain.messages import Incoming
from core.domain.replies import Live, Reply, Shown
from core.ports import BoardEntry

VERSION: Final = 1

T = TypeVar("T")


class Codec(Generic[T]):
    """One kind of record, to bytes and back."""

    def __init__(self, name: str, adapter: TypeAdapter[T]) -> None:
        self._name = name
        self._adapter = adapter

    def dump(self, record: T) -> bytes:
        """Return the record as UTF-8 JSON."""
        data = self._adapter.dump_python(record, mode="json")
        text = json.dumps({"v": VERSION, "d": data}, ensure_ascii=False)
        # Half of a surrogate pair, which a platform may deliver, has no form in UTF-8.
        return text.encode(errors="replace")

    def load(self, raw: bytes | str) -> T:
        """Return the record.

        Raises:
            RecordUnreadable: Not JSON, another schema version, or fields that do not fit.
        """
        try:
            envelope: Any = json.loads(raw)
            version, data = envelope["v"], envelope["d"]
        except (ValueError, KeyError, TypeError) as error:
            raise RecordUnreadable(f"A {self._name} record is not one of ours.") from error
        if version != VERSION:
            raise RecordUnreadable(
                f"A {self._name} record has schema version {version}; this program knows "
                f"{VERSION}. Run the version that wrote it; nothing was changed."
            )
        try:
            return self._adapter.validate_python(data)
        except ValidationError as error:
            raise RecordUnreadable(f"A {self._name} record does not fit its schema.") from error


# JSON has no bytes: photos of an album are in the blob store before the part is written.
heads = Codec("case", TypeAdapter(CaseHead))
turns = Codec("turn", TypeAdapter(Turn))
shown = Codec("place", TypeAdapter(Shown))
replies = Codec("reply", TypeAdapter(Reply))
lives = Codec("live text", TypeAdapter(Live))
incomings = Codec("message", TypeAdapter(Incoming))
entries = Codec("board", TypeAdapter(BoardEntry))
jobs: Codec[Job] = Codec("job", TypeAdapter(Annotated[Job, Discriminator("kind")]))
