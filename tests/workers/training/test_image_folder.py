"""Plain folders of pictures with captions, good and bad."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.workers.training.tables import write_csv
from workers.training.captions import captions_of
from workers.training.datasets.folder import ImageFolder, read_rgb
from workers.training.errors import DataError
from workers.training.recipe import Recipe
from workers.training.sources import conditions_of, own_data


def test_a_csv_table_gives_captions_and_attributes(photos: Path) -> None:
    """Columns of metadata.csv are what is known of a picture; tones may be Fitzpatrick types."""
    rows = [f"p{n}.png,Herpes Zoster,{n + 1},arm,severe,a blister {n}" for n in range(6)]
    write_csv(photos, "file_name,condition,tone,site,severity,text", *rows)
    data = ImageFolder(photos)
    assert conditions_of(data) == ("herpes-zoster",)
    styles = {s: captions_of(data, s, ("herpes-zoster",))[4] for s in ("name", "attributes")}
    assert styles["name"] == "photo of Herpes Zoster"
    assert styles["attributes"] == "photo of severe Herpes Zoster on brown skin, arm"
    assert captions_of(data, "verbatim", ())[4] == "a blister 4"


def test_a_jsonl_table_is_read_like_a_csv_table(photos: Path) -> None:
    """metadata.jsonl has one object per line; empty lines do not matter."""
    lines = [f'{{"file_name": "p{n}.png", "caption": "c{n}", "tone": "V"}}' for n in range(6)]
    (photos / "metadata.jsonl").write_text("\n\n".join(lines))
    notes = ImageFolder(photos).notes
    assert [note.caption for note in notes] == [f"c{n}" for n in range(6)]
    assert notes[0].tone == "brown"


def test_without_a_table_folders_are_conditions(photos: Path) -> None:
    """Pictures in `Acne Vulgaris/` are of acne-vulgaris."""
    (photos / "Acne Vulgaris").mkdir()
    for path in sorted(photos.glob("*.png")):
        path.rename(photos / "Acne Vulgaris" / path.name)
    data = ImageFolder(photos)
    assert conditions_of(data) == ("acne-vulgaris",)
    assert captions_of(data, "name", ("acne-vulgaris",))[0] == "photo of acne vulgaris"


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("name,text\np0.png,a", "has no column file_name; its columns are: name, text"),
        ("file_name,text\np0.png,a", "says nothing of 5 pictures: p1.png"),
        ("file_name,text\np9.png,a", "names pictures that are not there: p9.png"),
        ("file_name,text\n../x.png,a", "line 2 points out of the folder"),
        ("file_name,text\n,a", "line 2 has no file_name"),
        ("file_name,text\np0.png,a\np0.png,b", "line 3 names p0.png a second time"),
        ('file_name,text\np0.png,"a', "cannot be read"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(photos: Path, table: str, sentence: str) -> None:
    """Mistakes in a table are told with the line that they are in."""
    (photos / "metadata.csv").write_text(table)
    with pytest.raises(DataError) as caught:
        ImageFolder(photos)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "line 1 is not JSON"),
        (b"[1]", "line 1 is not an object"),
        (b"\xff\xfe", "is not UTF-8 text (byte 0)"),
    ],
)
def test_a_wrong_jsonl_table_is_refused(photos: Path, content: bytes, sentence: str) -> None:
    """A line that is no object, or no text at all, is named."""
    (photos / "metadata.jsonl").write_bytes(content)
    with pytest.raises(DataError) as caught:
        ImageFolder(photos)
    assert sentence in str(caught.value)


def test_two_tables_are_one_too_many(photos: Path) -> None:
    """Nobody can tell which of two tables is meant."""
    write_csv(photos, "file_name,text")
    (photos / "metadata.jsonl").write_text("")
    with pytest.raises(DataError, match="two tables"):
        ImageFolder(photos)


def test_a_missing_and_an_empty_folder_are_told_apart(tmp_path: Path) -> None:
    """A folder that is not there is one mistake, a folder without pictures another."""
    with pytest.raises(DataError, match="there is no folder"):
        ImageFolder(tmp_path / "none")
    (tmp_path / "readme.txt").write_text("no picture")
    with pytest.raises(DataError, match="has no pictures"):
        ImageFolder(tmp_path)


def spoil(folder: Path) -> None:
    """Empty one picture, cut another, and replace a third with words."""
    (folder / "p0.png").write_bytes(b"")
    whole = (folder / "p1.png").read_bytes()
    (folder / "p1.png").write_bytes(whole[: len(whole) // 2])
    (folder / "p2.png").write_text("not a picture")


def test_unreadable_pictures_are_all_named_at_the_start(photos: Path) -> None:
    """Empty, cut and false pictures stop a run before anything is loaded, with the reasons."""
    spoil(photos)
    with pytest.raises(DataError) as caught:
        ImageFolder(photos)
    message = str(caught.value)
    assert "3 of 6 pictures" in message
    assert "p0.png (empty file)" in message
    assert "p1.png (" in message
    assert "p2.png (not a picture)" in message


def test_unreadable_pictures_can_be_left_out(
    photos: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With `unreadable = skip` the others are used, and the log says which were not."""
    spoil(photos)
    data = ImageFolder(photos, unreadable="skip")
    assert len(data.notes) == 3
    assert "3 unreadable pictures are left out: p0.png, p1.png, p2.png" in caplog.text


def test_a_folder_of_unreadable_pictures_is_never_skipped_silently(photos: Path) -> None:
    """Leaving out everything is an error."""
    for path in photos.iterdir():
        path.write_bytes(b"x")
    with pytest.raises(DataError, match="6 of 6"):
        ImageFolder(photos, unreadable="skip")


def test_missing_captions_are_counted(photos: Path) -> None:
    """A style that needs captions or conditions says how many pictures lack them."""
    data = ImageFolder(photos)
    with pytest.raises(DataError, match=r"6 of 6 pictures have no caption; add a column text"):
        captions_of(data, "verbatim", ())
    with pytest.raises(DataError, match=r"6 of 6 pictures have no condition"):
        captions_of(data, "name", ())


def test_a_picture_that_vanishes_is_a_data_error(photos: Path) -> None:
    """What was readable at the start may be gone later."""
    data = ImageFolder(photos)
    (photos / "p3.png").unlink()
    with pytest.raises(DataError, match="cannot be read any more"):
        data.picture(3, 32)


def test_pictures_of_every_mode_become_upright_rgb(tmp_path: Path) -> None:
    """Orientation is applied, transparency becomes white, 16 bits keep their brightness."""
    turned = Image.new("RGB", (20, 10), "red")
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif)
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("P", (8, 8)).save(tmp_path / "palette.png")
    Image.fromarray(np.full((8, 8), 32768, np.uint16)).save(tmp_path / "deep.png")
    assert read_rgb(tmp_path / "turned.jpg").size == (10, 20)
    assert read_rgb(tmp_path / "clear.png").getpixel((0, 0)) == (255, 255, 255)
    assert read_rgb(tmp_path / "palette.png").mode == "RGB"
    assert read_rgb(tmp_path / "deep.png").getpixel((0, 0)) == (128, 128, 128)


def test_pictures_are_chosen_by_condition_and_number(
    photos: Path, recipe: Callable[..., Recipe]
) -> None:
    """A recipe may want some conditions, and some pictures of each, the same ones each time."""
    rows = [f"p{n}.png,{'acne' if n < 4 else 'rosacea'}" for n in range(6)]
    write_csv(photos, "file_name,condition", *rows)
    made = recipe(data=str(photos), conditions=("acne",), images_per_condition=2)
    first, again = own_data(made), own_data(made)
    assert [note.condition for note in first.notes] == ["acne", "acne"]
    assert first.fingerprint == again.fingerprint
    with pytest.raises(DataError, match="no pictures of eczema; it has: acne, rosacea"):
        own_data(recipe(data=str(photos), conditions=("eczema",)))
