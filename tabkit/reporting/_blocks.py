"""What a report is made of: sections of blocks, each of which every renderer can show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

Tone = Literal["", "best", "tied", "bad", "muted"]


@dataclass(frozen=True)
class Paragraph:
    """Running text.

    Attributes
    ----------
    text : str
    """

    text: str

    kind: ClassVar[str] = "paragraph"


@dataclass(frozen=True)
class Bullets:
    """A list of sentences.

    Attributes
    ----------
    items : tuple of str
    is_answer : bool
        Whether they are the answer of the report, to be shown larger.
    """

    items: tuple[str, ...]
    is_answer: bool = False

    kind: ClassVar[str] = "bullets"


@dataclass(frozen=True)
class Notice:
    """Something the reader must not miss.

    Attributes
    ----------
    text : str
    """

    text: str

    kind: ClassVar[str] = "notice"


@dataclass(frozen=True)
class Folded:
    """Preformatted text that opens on request.

    Attributes
    ----------
    summary : str
        The line that is always shown.
    text : str
    """

    summary: str
    text: str

    kind: ClassVar[str] = "folded"


@dataclass(frozen=True)
class Facts:
    """Terms and what they are.

    Attributes
    ----------
    pairs : tuple of (str, str)
    """

    pairs: tuple[tuple[str, str], ...]

    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Figure:
    """A picture.

    Attributes
    ----------
    title : str
    svg : str
        Markup from `tabkit.reporting._svg.Drawing`, the one thing that is not escaped again.
    caption : str
        What to see in it, and what was left out.
    """

    title: str
    svg: str
    caption: str = ""

    kind: ClassVar[str] = "figure"


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text : str
    title : str
        The whole text where `text` is cut short, or an explanation.
    sort_key : float or None
        What to sort by where it is not the text.
    svg : str
        A drawing that HTML shows in place of the text.
    tone : {"", "best", "tied", "bad", "muted"}
    """

    text: str
    title: str = ""
    sort_key: float | None = None
    svg: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class TableColumn:
    """One column of a table.

    Attributes
    ----------
    heading : str
    is_number : bool
        Numbers are aligned to the right.
    title : str
        What the figures are.
    svg : str
        A drawing that HTML shows below the heading, such as the axis of drawn cells.
    is_drawn : bool
        Whether its cells are drawings, which text leaves out.
    """

    heading: str
    is_number: bool = False
    title: str = ""
    svg: str = ""
    is_drawn: bool = False


@dataclass(frozen=True)
class TableBlock:
    """A table.

    Attributes
    ----------
    columns : tuple of TableColumn
    rows : tuple of tuple of Cell
        A cell for each column.
    caption : str
    heading_column : int
        Position of the column that names the row.
    is_sortable : bool
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    heading_column: int = 0
    is_sortable: bool = False

    kind: ClassVar[str] = "table"

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row has {len(row)} cells, the table {len(self.columns)} columns")


Block = Paragraph | Bullets | Notice | Folded | Facts | Figure | TableBlock


@dataclass(frozen=True)
class Section:
    """One section of a report.

    Attributes
    ----------
    title : str
    blocks : tuple of Block
    anchor : str
        Its address within the page: lower-case letters and hyphens.
    """

    title: str
    blocks: tuple[Block, ...] = field(default_factory=tuple)
    anchor: str = ""
