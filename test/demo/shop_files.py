"""
Writes what the demo's shop keeps in files: a visit of a product's page by a customer per row, a Parquet file for each month.
Derived from row numbers, as the other sides.

    shop_files.py FOLDER     which is made
"""

import datetime
import hashlib
import pathlib
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq

PER_MONTH = 100000
WAYS = ("search", "mail", "advertisement", "link", "direct")


def numbers(seed):
	return struct.unpack("<4I", hashlib.md5(seed.encode()).digest())


def main():
	root = pathlib.Path(sys.argv[1]) / "visits"
	for month in (10, 11, 12):
		first = datetime.datetime(2025, month, 1)
		draws = [numbers(f"visit {month}/{row}") for row in range(PER_MONTH)]
		moments = sorted(draw[0] % (30 * 86400) for draw in draws)
		table = pa.table({
			"at": pa.array([first + datetime.timedelta(seconds=second) for second in moments], pa.timestamp("us")),
			"product_id": pa.array([1 + draw[1] % 2000 for draw in draws], pa.int64()),
			"customer_id": pa.array([1 + draw[2] % 20000 if draw[2] % 3 else None for draw in draws], pa.int64()),
			"came_by": pa.array([WAYS[draw[3] % 5] for draw in draws]),
			"seconds": pa.array([1 + draw[3] % 600 for draw in draws], pa.int32()),
		})
		folder = root / f"month=2025-{month}"
		folder.mkdir(parents=True)
		pq.write_table(table, folder / "part-0.parquet", row_group_size=20000, compression="zstd")


main()
