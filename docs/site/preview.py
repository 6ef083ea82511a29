"""The picture that is shown of a link to the site, made from the committed results.

    PYTHONPATH=bench:. python3 -m docs.site.preview    # writes it anew; site_test holds it to them
"""

import struct

import matplotlib

matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402  (the backend has to be chosen first)

from docs.site import figures  # noqa: E402
from docs.site.measured import STAGE_ROWS, Measured  # noqa: E402
from docs.trace.palette import LIGHT  # noqa: E402

PICTURE = "docs/figures/preview.png"
WIDTH, HEIGHT = 1200, 630
DOTS = 100  # An inch.


def speeds(measured: Measured) -> list[str]:
    """As written: requests a second, stage by stage."""
    rows = (STAGE_ROWS[number][-1] for number in range(1, 5))
    return [measured.value(row, "requests_per_second") for row in rows]


def shown(measured: Measured) -> str:
    """What the picture says; kept in the file, for the pixels depend on versions and fonts."""
    return "; ".join(f"{name}: {speed}" for name, speed in zip(figures.NAMES, speeds(measured)))


def write(measured: Measured, path: str = PICTURE) -> None:
    size = (WIDTH / DOTS, HEIGHT / DOTS)
    with pyplot.rc_context({"font.family": "DejaVu Sans", "text.color": LIGHT["ink"]}):
        figure = pyplot.figure(figsize=size, dpi=DOTS, facecolor=LIGHT["panel"])
        axes = figure.add_axes((0.28, 0.1, 0.53, 0.5))
        texts = speeds(measured)
        values = [float(text.replace(",", "")) for text in texts]
        colours = [LIGHT[f"stage-{number}"] for number in range(1, 5)]
        axes.barh(range(4), values, color=colours, height=0.7)
        for place, (value, text) in enumerate(zip(values, texts)):
            axes.text(value + max(values) * 0.02, place, text, va="center", size=24, weight="bold")
        axes.set_yticks(range(4), figures.NAMES, size=24)
        axes.tick_params(length=0, labelcolor=LIGHT["ink"])
        axes.invert_yaxis()
        axes.set_xlim(0, max(values))
        axes.set_xticks([])
        axes.set_frame_on(False)
        figure.text(0.05, 0.83, "Stagecoach", size=52, weight="bold")
        figure.text(0.05, 0.71, "How a TCP server becomes fast, in four stages that run", size=25)
        figure.text(0.05, 0.04, "requests a second, measured", size=18, color=LIGHT["soft"])
        figure.savefig(path, dpi=DOTS, metadata={"Description": shown(measured)})
        pyplot.close(figure)


def committed(path: str = PICTURE) -> tuple[int, int, str]:
    """(width, height, what it says) of the file."""
    with open(path, "rb") as file:
        data = file.read()
    width, height = struct.unpack(">II", data[16:24])
    before, key, text = data.partition(b"tEXtDescription\0")
    length = struct.unpack(">I", before[-4:])[0] - len(key.removeprefix(b"tEXt"))
    return width, height, text[:length].decode("latin-1")


if __name__ == "__main__":
    write(Measured())
