"""Write the breast cancer data that scikit-learn installs as a CSV file a person understands.

Run with ``python docs/examples/demo_data.py demo/breast_cancer.csv``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_breast_cancer


def breast_cancer_frame() -> pd.DataFrame:
    """Return 569 tumours: 30 measurements of their cell nuclei, and the diagnosis in words."""
    data = load_breast_cancer(as_frame=True)
    frame = data.data.rename(columns=lambda name: name.replace(" ", "_").replace("error", "standard_error"))
    return frame.assign(diagnosis=data.target_names[data.target])


def main() -> None:
    """Write the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="CSV file to write")
    path: Path = parser.parse_args().path
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = breast_cancer_frame()
    frame.to_csv(path, index=False)
    print(f"{path}: {len(frame)} rows, {frame.shape[1]} columns")


if __name__ == "__main__":
    main()
