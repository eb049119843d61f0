"""Writes the tables of image folders."""

from pathlib import Path


def write_csv(folder: Path, header: str, *rows: str) -> None:
    """Write the table of a folder."""
    (folder / "metadata.csv").write_text("\n".join([header, *rows]) + "\n")
