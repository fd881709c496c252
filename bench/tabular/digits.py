"""Prints scikit-learn's handwritten digits as CSV: 64 columns of pixels from 0 to 16, and the digit."""

import csv
import sys

from sklearn.datasets import load_digits

digits = load_digits()
lines = csv.writer(sys.stdout, lineterminator="\n")
lines.writerow([f"pixel_{index}" for index in range(digits.data.shape[1])] + ["digit"])
for pixels, digit in zip(digits.data, digits.target):
    lines.writerow([int(pixel) for pixel in pixels] + [int(digit)])
