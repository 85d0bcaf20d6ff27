"""How good and how quick `live.sentiment` is on labelled messages: `make sentiment`, or

    python bench/sentiment.py [PATH] [--plain] [--json FILE]     one line a source
    python bench/sentiment.py [PATH] --fit                       the curve's coefficients, for live/sentiment.py

PATH is a TSV with the columns source, id, group, label, confidence, text. A message that is not scored counts as wrong.
"""

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from vaderSentiment import vaderSentiment  # type: ignore[import-untyped]

from live import prose, sentiment
from live.vader import NAME, VERSION, engine

DEFAULT: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "sentiment-dev.tsv"
COLUMNS: Final = "source\tid\tgroup\tlabel\tconfidence\ttext"
PASSES: Final = 3  # the quickest counts: the others had company on the machine
PLAIN_BAND: Final = 0.05  # VADER's authors: a compound nearer to 0 is neutral
FOLDS: Final = 4
PENALTY: Final = 1.0  # L2
STEPS: Final = 8  # Newton's method stands still after six


class Row(NamedTuple):
    """One labelled message."""

    source: str
    label: str
    text: str


class Result(msgspec.Struct):
    """How one engine did on one source. Shares in [0, 1]; time per message in µs."""

    source: str
    n: int
    accuracy: float
    macro_f1: float
    negative_precision: float
    negative_recall: float
    not_scored: float
    us_per_message: float


class Report(msgspec.Struct):
    """What `--json` writes."""

    engine: str
    version: str
    results: list[Result]
    plain: list[Result]


def rows_of(path: Path) -> list[Row]:
    """The file's rows. Exits with a hint when it is not there or not such a file."""
    try:
        head, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except FileNotFoundError:
        sys.exit(f"{path}: no such file. Give the path of sentiment-dev.tsv: python bench/sentiment.py PATH")
    if head != COLUMNS:
        sys.exit(f"{path}: expected the columns {COLUMNS.split()}, got {head.split()[:10]}")
    cells = [line.split("\t") for line in lines]
    return [Row(source, label, text) for source, _, _, label, _, text in cells]


def measured(rows: Sequence[Row], label_of: Callable[[str], str | None]) -> list[Result]:
    """One result a source, in the order of their names."""
    label_of("warm up")
    results = []
    for source in sorted({row.source for row in rows}):
        here = [row for row in rows if row.source == source]
        seconds, said = math.inf, list[str | None]()
        for _ in range(PASSES):
            start = time.perf_counter()
            said = [label_of(row.text) for row in here]
            seconds = min(seconds, time.perf_counter() - start)
        results.append(result(source, [row.label for row in here], said, seconds))
    return results


def result(source: str, labels: Sequence[str], said: Sequence[str | None], seconds: float) -> Result:
    """The figures of one source."""
    n, pairs = len(labels), Counter(zip(labels, said, strict=True))
    precision, recall, f1 = {}, {}, {}
    for label in sentiment.LABELS:
        hits = pairs[label, label]
        precision[label] = hits / max(1, said.count(label))
        recall[label] = hits / max(1, labels.count(label))
        f1[label] = 2 * hits / max(1, said.count(label) + labels.count(label))
    return Result(
        source=source,
        n=n,
        accuracy=sum(pairs[label, label] for label in sentiment.LABELS) / n,
        macro_f1=sum(f1.values()) / len(f1),
        negative_precision=precision[sentiment.NEGATIVE],
        negative_recall=recall[sentiment.NEGATIVE],
        not_scored=said.count(None) / n,
        us_per_message=seconds / n * 1e6,
    )


def table(title: str, results: Sequence[Result]) -> str:
    """The results as text, with their mean, in which every source weighs the same."""
    head = f"{title:<18}{'n':>7}{'accuracy':>10}{'macro-F1':>10}{'neg. prec.':>12}{'neg. recall':>12}"
    lines = [head + f"{'not scored':>12}{'µs/message':>12}", "-" * 93]
    mean = [sum(x) / len(results) for x in zip(*(msgspec.structs.astuple(r)[2:] for r in results), strict=True)]
    lines += [
        f"{r.source:<18}{r.n:>7}{r.accuracy:>10.3f}{r.macro_f1:>10.3f}{r.negative_precision:>12.3f}"
        f"{r.negative_recall:>12.3f}{r.not_scored:>12.2%}{r.us_per_message:>12.1f}"
        for r in [*results, Result("mean", sum(r.n for r in results), *mean)]
    ]
    return "\n".join(lines)


def plain_vader() -> Callable[[str], str]:
    """VADER as it comes, on the whole text, for comparison."""
    analyzer = vaderSentiment.SentimentIntensityAnalyzer()

    def label_of(text: str) -> str:
        compound = analyzer.polarity_scores(text)["compound"]
        if compound <= -PLAIN_BAND:
            return sentiment.NEGATIVE
        return sentiment.POSITIVE if compound >= PLAIN_BAND else sentiment.NEUTRAL

    return label_of


# The curve: fitted here, used there.

Vector = list[float]


class Sample(NamedTuple):
    """One message as the fit sees it: its features, its label's index, and how much it weighs."""

    features: Sequence[float]
    label: int
    weight: float


def samples(rows: Sequence[Row]) -> list[Sample]:
    """Every source weighs the same; in each, the negative as much as the positive, and the neutral their own share."""
    vader = engine()
    n = Counter(row.source for row in rows)
    of = Counter((row.source, row.label) for row in rows)
    made = []
    for row in rows:
        heard = vader.hear(prose.own_words(row.text))
        weight = len(rows) / len(n) / n[row.source]
        if row.label != sentiment.NEUTRAL:
            weight *= (n[row.source] - of[row.source, sentiment.NEUTRAL]) / 2 / of[row.source, row.label]
        features = sentiment.features(vader.weigh(heard), words=len(heard.words))
        made.append(Sample(features, sentiment.LABELS.index(row.label), weight))
    return made


def fitted(given: Sequence[Sample]) -> tuple[Vector, Vector]:
    """Multinomial logistic regression by Newton's method: the weights of negative and of positive against neutral."""
    k = len(given[0].features)
    w = [0.0] * (2 * k)
    for _ in range(STEPS):
        slope = [PENALTY * x for x in w]
        bend = [[PENALTY * (i == j) for j in range(2 * k)] for i in range(2 * k)]
        for x, label, weight in given:
            p = sentiment.probabilities(x, w[:k], w[k:])
            negative, positive = p[0], p[2]
            to_negative, to_positive = weight * (negative - (label == 0)), weight * (positive - (label == 2))
            nn, pp = weight * negative * (1 - negative), weight * positive * (1 - positive)
            np = -weight * negative * positive
            for i in range(k):
                slope[i] += to_negative * x[i]
                slope[k + i] += to_positive * x[i]
                for j in range(k):
                    both = x[i] * x[j]
                    bend[i][j] += nn * both
                    bend[k + i][k + j] += pp * both
                    bend[i][k + j] += np * both
                    bend[k + i][j] += np * both
        w = [a - b for a, b in zip(w, solved(bend, slope), strict=True)]
    return w[:k], w[k:]


def solved(matrix: Sequence[Vector], right: Vector) -> Vector:
    """x of matrix · x = right; the matrix is symmetric and positive, so no row need change places."""
    n = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for i in range(n):
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for other in range(n):
            if other != i:
                factor = rows[other][i]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[i], strict=True)]
    return [line[n] for line in rows]


def log_loss(given: Sequence[Sample], curve: tuple[Vector, Vector]) -> float:
    """Weighted mean of -log p(label)."""
    floor = 10.0**-sentiment.DIGITS
    total = sum(s.weight * -math.log(max(floor, sentiment.probabilities(s.features, *curve)[s.label])) for s in given)
    return total / sum(s.weight for s in given)


def fit(rows: Sequence[Row]) -> None:
    """Print the curve, and how well one made of the other folds does on each fold."""
    given = samples(rows)
    losses = []
    for fold in range(FOLDS):
        kept = [s for i, s in enumerate(given) if i % FOLDS != fold]
        losses.append(log_loss([s for i, s in enumerate(given) if i % FOLDS == fold], fitted(kept)))
    negative, positive = fitted(given)
    print(f"CURVE_NEGATIVE: Final = ({', '.join(f'{x:.3f}' for x in negative)})")
    print(f"CURVE_POSITIVE: Final = ({', '.join(f'{x:.3f}' for x in positive)})")
    print(f"log loss in {FOLDS}-fold cross-validation: {sum(losses) / FOLDS:.3f}")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", type=Path, default=DEFAULT, help="default: the development data")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--plain", action="store_true", help="measure VADER as it comes, too")
    parser.add_argument("--fit", action="store_true", help="fit the curve instead (some seconds)")
    asked = parser.parse_args()
    rows = rows_of(asked.path)
    if asked.fit:
        fit(rows)
        return
    report = Report(NAME, VERSION, measured(rows, lambda text: sentiment.score(text).label), [])
    print(table(f"{NAME} {VERSION}", report.results))
    if asked.plain:
        report.plain = measured(rows, plain_vader())
        print("\n" + table("VADER as it comes", report.plain))
    if asked.json:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")


if __name__ == "__main__":
    main()
