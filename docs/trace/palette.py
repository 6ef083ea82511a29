"""The colours of every drawing, as CSS variables: light, dark, and whichever a page has chosen."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

LIGHT = {
    "ink": "#1d2329",
    "soft": "#5b6670",
    "grid": "#d9dee2",
    "client": "#b26a00",
    "gateway": "#0b6bb8",
    "upstream": "#0a8a5f",
    "thread-2": "#6a4fb3",
    "panel": "#ffffff",
}
DARK = {
    "ink": "#e4e8eb",
    "soft": "#9aa5ae",
    "grid": "#343c44",
    "client": "#f0a53a",
    "gateway": "#4da3e6",
    "upstream": "#35c08c",
    "thread-2": "#a48be8",
    "panel": "#1b2025",
}
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
    rules = []
    for name in ["client", "gateway", "upstream", "thread-2"]:
        rules.append(f".{name}{{fill:{colour(name)};stroke:{colour(name)}}}")
        rules.append(f"rect.{name}{{fill-opacity:.17;stroke-width:.9}}")
        rules.append(f"text.{name}{{stroke:none}}")
    return rules


def thread_colour(lane: str, thread: int) -> str:
    """A process has one colour; what is not the gateway's first thread has another."""
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
