"""All demo models are trained by one command, which goes on where it stopped."""

from pathlib import Path

import pytest

from workers.demo_pack.rebuild import STAGES, rebuild
from workers.demo_pack.scene import HELD_OUT


def test_the_classifier_is_trained_after_all_that_it_judges() -> None:
    """Only the measuring of what is served comes after the classifier."""
    names = [stage.name for stage in STAGES]
    assert names[-2:] == ["classifier", "what is served"]


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("default")
def test_the_whole_chain_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tiny stages write every folder of the demo models, and a second run trains nothing again."""
    rebuild(tmp_path, quick=True, threads=1)
    folder = tmp_path / "models" / "demo"
    for part in ("vlm", "sd/unet", "judge", *(f"lora/{c}" for c in HELD_OUT)):
        assert any((folder / part).glob("*.safetensors*"))
    assert (folder / "generator.toml").exists()
    assert "unet 2/2" in capsys.readouterr().out
    rebuild(tmp_path, quick=True, threads=1)
    assert "2/2" not in capsys.readouterr().out
