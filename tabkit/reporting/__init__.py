"""The report of a comparison: on the terminal, as Markdown, and as one self-contained HTML file."""

from tabkit.reporting._blocks import (
    Block,
    Bullets,
    Cell,
    Facts,
    Figure,
    Folded,
    Notice,
    Paragraph,
    Section,
    TableBlock,
    TableColumn,
)
from tabkit.reporting._diff import render_diff
from tabkit.reporting._html import leaderboard_html, render_html
from tabkit.reporting._markdown import render_markdown
from tabkit.reporting._models import render_models
from tabkit.reporting._report import report
from tabkit.reporting._sections import build_sections
from tabkit.reporting._terminal import render_terminal

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Facts",
    "Figure",
    "Folded",
    "Notice",
    "Paragraph",
    "Section",
    "TableBlock",
    "TableColumn",
    "build_sections",
    "leaderboard_html",
    "render_diff",
    "render_html",
    "render_markdown",
    "render_models",
    "render_terminal",
    "report",
]
