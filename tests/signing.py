"""A signer for tests, made once; its certificate is good for nothing else."""

import tempfile
from pathlib import Path
from typing import Final

from core.provenance.credentials import Credentials, credentials_in
from core.provenance.manifest import Signer


def _made() -> Credentials:
    with tempfile.TemporaryDirectory() as folder:
        return credentials_in(Path(folder))


CREDENTIALS: Final = _made()
SIGNER: Final = Signer(CREDENTIALS)
