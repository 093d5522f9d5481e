"""Writes columns.json: run `PYTHONPATH=tests python tests/golden/wire/make_columns.py`. Uses nothing of gilmok_wire."""

import json
import random
from pathlib import Path

from wire.reference_columns import LIMIT, encode_column

SOURCE = "SPEC.md section 1, by the reference encoder tests/wire/reference_columns.py, which shares no code with the codec"
TOP = LIMIT - 1


def walk(dice, count, step):
    """Return a random walk."""
    values = [dice.randint(-1000, 1000)]
    for _ in range(count - 1):
        values.append(values[-1] + dice.randint(-step, step))
    return values


def corpus():
    """Return columns: each special case of the layout, then seeded ones of every size."""
    columns = [[0], [5], [-1], [None], [None] * 9, [7] * 32, [0] * 5, [TOP], [-TOP], [TOP, -TOP], [-TOP, TOP, -TOP]]
    columns += [list(range(32)), [n * n for n in range(32)], [n**3 for n in range(32)], [None, 3], [3, None], [3, None, 3]]
    columns += [[TOP if n % 2 else -TOP for n in range(16)], [0] * 31 + [TOP], [1, None] * 20, [-64, 63, 64, -65, 8191]]
    dice = random.Random(1)
    for count in [*range(1, 20), 31, 32, 33, 64, 127, 128, 200]:
        for _ in range(3):
            values = walk(dice, count, 1 << dice.randint(0, 20))
            columns.append(values)
            columns.append([value if dice.random() < 0.8 else None for value in values])
        columns.append([dice.randint(-TOP, TOP) for _ in range(count)])
    return columns + still_columns(dice)


def still_columns(dice):
    """Return columns that stand still most of the time, on a level or on a slope: residuals in runs."""
    columns = [[5] * 7 + [6] * 9, [5] * 4 + [4], [5, 4] + [4] * 6, [0] * 28 + [1, 3, 0, 0], [*range(20), *range(20, 50, 2)]]
    for count in [5, 8, 17, 31, 32, 33, 128]:
        for share in (0.05, 0.2):
            values = [dice.randint(-1000, 1000)]
            while len(values) < count:
                values.append(values[-1] + (dice.choice([-3, -1, 1, 1, 2]) if dice.random() < share else 0))
            columns += [values, [value if dice.random() < 0.8 else None for value in values], [sum(values[:n]) for n in range(count)]]
    return columns


def main():
    """Write the file."""
    vectors = [{"values": values, "column": encode_column(values).hex()} for values in corpus()]
    lines = ",\n".join(json.dumps(vector) for vector in vectors)
    text = f'{{"source": {json.dumps(SOURCE)},\n"vectors": [\n{lines}\n]}}\n'
    Path(__file__).with_name("columns.json").write_text(text)


if __name__ == "__main__":
    main()
