"""The errors that tabkit raises on purpose, and a warning to catch."""


class TabkitError(Exception):
    """Base class of every error that tabkit raises on purpose."""


class InputError(TabkitError, ValueError):
    """The input cannot be used as it is; the message says what, where and what to do.

    The command line prints the message on one line and exits with code 2.
    """


class UnreadableValuesWarning(UserWarning):
    """Values that are no numbers or dates, in a column of numbers or dates, count as missing."""


class DistantValuesWarning(UserWarning):
    """Numbers or dates are beyond the range of the training rows by more than its width."""


class MissingExtraError(TabkitError, ImportError):
    """An optional package is needed and not installed.

    Attributes
    ----------
    install_command : str
        The command that installs what is missing.
    """

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        self.install_command = f"pip install 'tabkit-learn[{extra}]'"
        super().__init__(f"{package} is not installed: {self.install_command}")

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.package, self.extra)


def first_line(error: object) -> str:
    r"""The first line of what an error says; the name of its class when it says nothing.

    Examples
    --------
    >>> first_line(ValueError("  no\nmore ")), first_line(KeyError())
    ('no', 'KeyError')
    """
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def describe_error(error: BaseException) -> str:
    r"""Type and message of an error in one line.

    Examples
    --------
    >>> describe_error(ValueError("the cat ate\nthe matrix"))
    'ValueError: the cat ate'
    """
    name = type(error).__name__
    return f"{name}: {first_line(error)}" if str(error).strip() else name
