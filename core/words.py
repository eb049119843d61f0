"""Every sentence that a person reads, by key and language.

Sentences live in Fluent files, one folder per language; this module only looks them up. A key that
a language lacks falls back to English; a key that English lacks is a programming error.
"""

from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast

Register = Literal["lay", "clinician"]
FALLBACK: Final = "en"
_CLINICIAN: Final = "-clinician"


class MessageMissing(LookupError):
    """No language has this key, or an argument that its sentence needs was not given."""


class CatalogueInvalid(ValueError):
    """A file of the catalogue cannot be read; the message names it and the place."""


class Words:
    """The catalogue: a folder that holds one folder of ``.ftl`` files per language."""

    def __init__(self, folder: Path) -> None:
        """Point at a catalogue; files are read on first use.

        Args:
            folder: For example ``config/locales``; must contain ``en``.
        """
        self._folder = folder

    def locales(self) -> tuple[str, ...]:
        """Return the languages there are, English first."""
        return tuple(sorted(self._bundles, key=lambda locale: (locale != FALLBACK, locale)))

    def match(self, wanted: str | None) -> str:
        """Return the catalogue's language for a platform's language tag.

        Args:
            wanted: For example ``"es-MX"`` or ``"pt_BR"``; None where the platform does not say.
        """
        language = (wanted or FALLBACK).replace("_", "-").split("-")[0].casefold()
        return language if language in self._bundles else FALLBACK

    def has(self, locale: str, key: str) -> bool:
        """Return whether this very language, without fallback, has the key."""
        bundle = self._bundles.get(locale)
        return bundle is not None and bundle.has_message(key)

    def text(
        self, locale: str, key: str, *, register: Register = "lay", **args: str | float
    ) -> str:
        """Return one sentence.

        Args:
            locale: Language; an unknown one reads English.
            key: Message id.
            register: ``clinician`` prefers ``<key>-clinician`` where there is one.
            **args: Values for the placeables of the sentence.

        Returns:
            The text, without marks for bidirectional isolation.

        Raises:
            MessageMissing: The key or one of its arguments is missing.
            CatalogueInvalid: A file cannot be read.
        """
        bundle, found = self._find(locale, key, register)
        message = bundle.get_message(found)
        if message.value is None:
            raise MessageMissing(f"{found} has attributes only")
        text, errors = bundle.format_pattern(message.value, args)
        if errors:
            raise MessageMissing(f"{found}: {errors[0]}")
        return str(text)

    def _find(self, locale: str, key: str, register: Register) -> tuple[FluentBundle, str]:
        keys = (key + _CLINICIAN, key) if register == "clinician" else (key,)
        for language in (locale, FALLBACK):
            for candidate in keys:
                if self.has(language, candidate):
                    return self._bundles[language], candidate
        raise MessageMissing(f"no sentence for {key}")

    @cached_property
    def _bundles(self) -> dict[str, FluentBundle]:
        folders = (path for path in self._folder.iterdir() if path.is_dir())
        return {folder.name: _read(folder) for folder in folders}


def _read(folder: Path) -> FluentBundle:
    # Isolation marks protect mixed scripts; chat clients show them as boxes.
    bundle = FluentBundle([folder.name], use_isolating=False)
    for path in sorted(folder.glob("*.ftl")):
        bundle.add_resource(_parse(path))
    return bundle


def _parse(path: Path) -> ast.Resource:
    resource = FluentResource(path.read_text(encoding="utf-8"))
    for entry in resource.body:
        # Fluent skips what it cannot read; a sentence lost that way would surface only in a chat.
        if isinstance(entry, ast.Junk):
            place = f"{path.parent.name}/{path.name}"
            raise CatalogueInvalid(f"{place}: cannot read {str(entry.content).splitlines()[0]!r}")
    return resource
