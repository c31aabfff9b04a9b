"""A worker process: ``python -m tabkit.evaluation._serve MODULE...``.

No module of the package imports it: Python warns of one that it is to run and finds imported.
"""

from tabkit.evaluation._worker import serve

if __name__ == "__main__":
    serve()
