"""The colours of every drawing, as CSS variables: light, dark, and whichever a page has chosen."""

import pathlib
import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

# What the drawings use. The other lane, the gateway, has the colour of its stage.
NAMES = ["ink", "soft", "grid", "panel", "client", "upstream"]
NAMES += [f"stage-{number}" for number in range(1, 5)]


def defined() -> list[dict[str, str]]:
    """Light and dark, of all that docs/style/colours.css defines."""
    path = pathlib.Path(__file__).parents[1] / "style/colours.css"
    parts = path.read_text(encoding="utf-8").split("@media")
    return [dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in parts]


LIGHT, DARK = ({name: colours[name] for name in NAMES} for colours in defined())
GATEWAY = "var(--gateway)"  # Set for each stage, and for none in particular.
FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif"


def colour(name: str) -> str:
    return f"var(--{name}, {LIGHT[name]})"


def variables(selector: str, colours: dict[str, str]) -> str:
    return selector + "{" + ";".join(f"--{name}:{value}" for name, value in colours.items()) + "}"


def style(root: str, rules: Iterable[str]) -> str:
    """A <style> for the drawing whose root element has this class. A page that stands above it and
    has a mode of its own (html.dark-mode, html.light-mode) has the last word."""
    lines = [
        variables(f".{root}", LIGHT),
        f"@media (prefers-color-scheme:dark){{{variables(f'.{root}', DARK)}}}",
        variables(f"html.light-mode .{root}", LIGHT),
        variables(f"html.dark-mode .{root}", DARK),
        f".{root} text{{font-family:{FONT};fill:{colour('ink')}}}",
        *(f".{root} {rule}" for rule in rules),
    ]
    return "<style>\n" + "\n".join(lines) + "\n</style>"


def lane_rules() -> list[str]:
    """What boxes, arrows and words of each lane look like: a tinted box, a plain arrow."""
    rules = [f".stage-{stage}{{--gateway:{colour(f'stage-{stage}')}}}" for stage in range(1, 5)]
    rules.append(f".no-stage{{--gateway:{colour('soft')}}}")
    for name, its_colour, opacity in [
        ("client", colour("client"), ".17"),
        ("gateway", GATEWAY, ".17"),
        ("thread-2", GATEWAY, ".5"),
        ("upstream", colour("upstream"), ".17"),
    ]:
        rules.append(f".{name}{{fill:{its_colour};stroke:{its_colour}}}")
        rules.append(f"rect.{name}{{fill-opacity:{opacity};stroke-width:.9}}")
        rules.append(f"text.{name}{{stroke:none}}")
    return rules


def of_stages(stages: set[int], parts: Iterable[str]) -> list[str]:
    """In the stage's colour, if it is one."""
    name = f"stage-{min(stages)}" if len(stages) == 1 else "no-stage"
    return [f'<g class="{name}">', *parts, "</g>"]


def thread_colour(lane: str, thread: int) -> str:
    """What is not the gateway's first thread is darker than that."""
    return "thread-2" if lane == "gateway" and thread > 1 else lane


def number(value: float) -> str:
    """As short as it can be, and the same everywhere."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, words: str, names: str) -> str:
    return f'<text class="{names}" x="{number(x)}" y="{number(y)}">{escape(words)}</text>'


def upright(x: float, y: float, words: str, names: str) -> str:
    """Text that runs upwards from there."""
    turn = f'transform="rotate(-90 {number(x)} {number(y)})"'
    return text(x, y, words, names).replace(">", f" {turn}>", 1)


def line(x1: float, y1: float, x2: float, y2: float, names: str) -> str:
    ends = zip(["x1", "y1", "x2", "y2"], [x1, y1, x2, y2])
    return f'<line class="{names}" ' + " ".join(f'{k}="{number(v)}"' for k, v in ends) + "/>"


def box(x: float, y: float, width: float, height: float, names: str, radius: float = 2) -> str:
    sides = zip(["x", "y", "width", "height", "rx"], [x, y, width, height, radius])
    return f'<rect class="{names}" ' + " ".join(f'{k}="{number(v)}"' for k, v in sides) + "/>"


def drawing(
    root: str,
    width: float,
    height: float,
    title: str,
    description: str,
    style_rules: Iterable[str],
    parts: Iterable[str],
) -> str:
    """The whole SVG. `root` is a class and the beginning of every id in it, so that several can
    stand in one page."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{root}" role="img"'
        f' viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}"'
        f' height="{number(height)}" aria-labelledby="{root}-title {root}-desc">'
    )
    about = [
        f'<title id="{root}-title">{escape(title)}</title>',
        f'<desc id="{root}-desc">{escape(description)}</desc>',
    ]
    panel = box(0, 0, width, height, "panel", 8)
    return "\n".join([head, *about, style(root, style_rules), panel, *parts, "</svg>"]) + "\n"
