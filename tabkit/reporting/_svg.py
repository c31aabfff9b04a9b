"""Small inline SVG drawings: sharp at any size, in the colours of the page, light or dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from tabkit.reporting._format import clean, format_number

N_SERIES_COLOURS = 5


@dataclass(frozen=True)
class Scale:
    """A straight line from values to positions in a drawing.

    Attributes
    ----------
    low, high : float
        The range of values; it is widened a little when it is empty.
    start, end : float
        Where `low` and `high` come to lie.
    """

    low: float
    high: float
    start: float
    end: float

    def __post_init__(self) -> None:
        if not self.high > self.low:
            margin = abs(self.low) * 0.05 or 1.0
            object.__setattr__(self, "low", self.low - margin)
            object.__setattr__(self, "high", self.high + margin)

    def __call__(self, value: float) -> float:
        """Position of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether a value lies within the range."""
        return self.low <= value <= self.high

    def ticks(self, n_ticks: int = 5) -> list[float]:
        """About `n_ticks` round values within the range.

        Examples
        --------
        >>> Scale(0.0, 1.0, 0.0, 100.0).ticks(5)
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
        """
        step = self._step(n_ticks)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(index * step, 12) for index in range(first, last + 1)]

    def tick_label(self, value: float, n_ticks: int = 5) -> str:
        """A tick's value with the decimals that its step needs, large ones with a unit."""
        if value == 0:
            return "0"
        step = self._step(n_ticks)
        largest = max(abs(self.low), abs(self.high))
        for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
            if largest >= 10 * size:
                return format_number(value / size, _decimals_of(step / size)) + unit
        return format_number(value, _decimals_of(step))

    def _step(self, n_ticks: int) -> float:
        rough = (self.high - self.low) / max(1, n_ticks)
        magnitude = 10.0 ** math.floor(math.log10(rough))
        return min((step * magnitude for step in (1, 2, 5, 10)), key=lambda step: abs(step - rough))


def _decimals_of(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))


class Drawing:
    """An inline SVG picture, built element by element, so that every text in it is escaped.

    Parameters
    ----------
    width, height : float
        Of the coordinate system; the page scales the picture.
    description : str
        What a reader who does not see it should know; empty for a decoration, which is
        hidden from screen readers.
    css_class : str, default="chart"
    """

    def __init__(self, width: float, height: float, *, description: str, css_class: str = "chart") -> None:
        self.width = width
        self.height = height
        attributes = {"class": css_class, "viewBox": f"0 0 {_compact(width)} {_compact(height)}"}
        if description:
            attributes |= {"role": "img", "aria-label": clean(description)}
        else:
            attributes |= {"aria-hidden": "true"}
        self._root = ElementTree.Element("svg", attributes)

    def line(self, x1: float, y1: float, x2: float, y2: float, css_class: str) -> None:
        """Draw a straight line."""
        self._add("line", css_class, x1=x1, y1=y1, x2=x2, y2=y2)

    def rectangle(
        self, x: float, y: float, width: float, height: float, css_class: str, **more: float
    ) -> None:
        """Draw a filled rectangle; `more` takes presentation attributes such as ``fill_opacity``."""
        self._add("rect", css_class, x=x, y=y, width=max(0.0, width), height=max(0.0, height), **more)

    def circle(self, x: float, y: float, radius: float, css_class: str) -> None:
        """Draw a circle."""
        self._add("circle", css_class, cx=x, cy=y, r=radius)

    def path(self, points: Iterable[tuple[float, float]], css_class: str) -> None:
        """Draw a line through points."""
        steps = " ".join(f"{_compact(x)} {_compact(y)}" for x, y in points)
        if steps:
            self._add("path", css_class, d=f"M{steps}")

    def dots(self, points: Iterable[tuple[float, float]], css_class: str) -> None:
        """Draw many dots as one path of points without length, in a dozen bytes each."""
        steps = "".join(f"M{_compact(x)} {_compact(y)}h0" for x, y in points)
        if steps:
            self._add("path", css_class, d=steps)

    def text(self, x: float, y: float, text: object, css_class: str, *, rotate: bool = False) -> None:
        """Write a text; the class sets its anchor; `rotate` turns it to read upwards."""
        element = self._add("text", css_class, x=x, y=y)
        if rotate:
            element.set("transform", f"rotate(-90 {_compact(x)} {_compact(y)})")
        element.text = clean(text)

    def markup(self) -> str:
        """The picture as SVG markup."""
        return ElementTree.tostring(self._root, encoding="unicode")

    def _add(self, tag: str, css_class: str, **attributes: float | str) -> ElementTree.Element:
        texts = {
            name.replace("_", "-"): value if isinstance(value, str) else _compact(value)
            for name, value in attributes.items()
        }
        return ElementTree.SubElement(self._root, tag, {"class": css_class, **texts})


def _compact(number: float) -> str:
    """A coordinate with at most one decimal (opacities have two)."""
    text = f"{number:.2f}" if abs(number) < 1 else f"{number:.1f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Plot:
    """The frame of a chart: a drawing with two scales.

    Attributes
    ----------
    drawing : Drawing
    x, y : Scale
    """

    drawing: Drawing
    x: Scale
    y: Scale

    def place(self, xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
        """Positions of points given by their values."""
        return [(self.x(x), self.y(y)) for x, y in zip(xs, ys, strict=True)]


def start_plot(
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    x_label: str,
    y_label: str,
    description: str,
    height: float = 300.0,
) -> Plot:
    """Draw the axes, grid and labels of a chart.

    Parameters
    ----------
    x_range, y_range : tuple of two floats
    x_label, y_label, description : str
    height : float, default=300.0
        The width is 420.

    Returns
    -------
    plot : Plot
    """
    width, left, right, top, bottom = 420.0, 52.0, 10.0, 10.0, 40.0
    drawing = Drawing(width, height, description=description)
    x = Scale(*x_range, left, width - right)
    y = Scale(*y_range, height - bottom, top)
    for value in y.ticks():
        drawing.line(x.start, y(value), x.end, y(value), "grid")
        drawing.text(left - 6, y(value) + 4, y.tick_label(value), "tick end")
    for value in x.ticks():
        drawing.line(x(value), y.start, x(value), y.end, "grid")
        drawing.text(x(value), y.start + 15, x.tick_label(value), "tick middle")
    drawing.line(x.start, y.start, x.end, y.start, "axis")
    drawing.line(x.start, y.start, x.start, y.end, "axis")
    drawing.text((x.start + x.end) / 2, height - 6, x_label, "label middle")
    drawing.text(12, (y.start + y.end) / 2, y_label, "label middle", rotate=True)
    return Plot(drawing, x, y)


def series_class(index: int) -> str:
    """Class of the index-th line of a chart: a colour, and dashes that tell it apart without one."""
    return f"series s{index % N_SERIES_COLOURS}"
