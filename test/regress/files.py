"""
Writes the files of the regression tests of fabric_objectstore: Parquet by pyarrow, the rest by hand.

    files.py FOLDER     which is made; what it held is replaced
"""

import datetime
import decimal
import gzip
import os
import pathlib
import shutil
import sys

import pyarrow as pa
import pyarrow.parquet as pq

D = decimal.Decimal
DAY = datetime.date
MOMENT = datetime.datetime


def types():
	"""Each type with its ends, NULL and what is odd about it."""
	return {
		"booleans": {"b": pa.array([True, None, False])},
		"integers": {
			"i8": pa.array([-2**7, None, 2**7 - 1], pa.int8()), "i16": pa.array([-2**15, None, 2**15 - 1], pa.int16()),
			"i32": pa.array([-2**31, None, 2**31 - 1], pa.int32()), "i64": pa.array([-2**63, None, 2**63 - 1], pa.int64()),
			"u8": pa.array([0, None, 2**8 - 1], pa.uint8()), "u16": pa.array([0, None, 2**16 - 1], pa.uint16()),
			"u32": pa.array([0, None, 2**32 - 1], pa.uint32()), "u64": pa.array([0, None, 2**64 - 1], pa.uint64()),
		},
		"floats": {
			"f4": pa.array([0.1, None, float("nan"), float("inf"), -0.0, 3.4028235e38], pa.float32()),
			"f8": pa.array([0.1, None, float("nan"), float("-inf"), -0.0, 5e-324], pa.float64()),
		},
		"decimals": {
			"d4": pa.array([D("12.34"), None, D("-99.99")], pa.decimal128(4, 2)),
			"d9": pa.array([D("1234567.89"), None, D("-0.01")], pa.decimal128(9, 2)),
			"d18": pa.array([D("123456789012345678"), None, D(-1)], pa.decimal128(18, 0)),
			"d38": pa.array([D("9" * 38), None, D("-" + "9" * 38)], pa.decimal128(38, 0)),
			"fine": pa.array([D("0." + "0" * 37 + "1"), None, D("-0." + "9" * 38)], pa.decimal128(38, 38)),
		},
		"texts": {
			"s": pa.array(["Zürich \U0001f600", None, "", " a ", "x" * 70000]),
			"bin": pa.array([b"\x00\xff'\\", None, b"", b"a", b"\x01" * 70000]),
			"e": pa.array(["x", None, "y", "x", "y"]).dictionary_encode(),
		},
		"moments": {
			"da": pa.array([DAY(1, 1, 1), None, DAY(9999, 12, 31), DAY(1969, 12, 31)]),
			"us": pa.array([MOMENT(1970, 1, 1, 0, 0, 0, 1), None, MOMENT(9999, 12, 31, 23, 59, 59, 999999), MOMENT(1, 1, 1)],
				pa.timestamp("us")),
			"ms": pa.array([1, None, -1, 253402300799999], pa.timestamp("ms")),
			"ns": pa.array([1000, None, -1000, 2**63 - 808], pa.timestamp("ns")),
			"zone": pa.array([MOMENT(2020, 3, 29, 1, 0), None, MOMENT(1970, 1, 1), MOMENT(2038, 1, 19, 3, 14, 8)],
				pa.timestamp("us", tz="Asia/Kolkata")),
			"t": pa.array([datetime.time(23, 59, 59, 999999), None, datetime.time(0), datetime.time(12)], pa.time64("us")),
			"tms": pa.array([datetime.time(23, 59, 59, 999000), None, datetime.time(0), datetime.time(12)], pa.time32("ms")),
		},
		"finer": {"ns": pa.array([1000, 1001], pa.timestamp("ns"))},
		"later": {"da": pa.array([2**31 - 2], pa.int32()).cast(pa.date32()), "us": pa.array([2**63 - 2], pa.timestamp("us"))},
		"ends": {
			"da": pa.array([2**31 - 1, -2**31 + 1], pa.int32()).cast(pa.date32()),
			"us": pa.array([2**63 - 1, -2**63 + 1], pa.timestamp("us")),
		},
		"nested": {
			"l": pa.array([[1, None, 3], None, []], pa.list_(pa.int32())),
			"ls": pa.array([["a", '"b,{}\\', None, ""], None, []], pa.list_(pa.string())),
			"ld": pa.array([[D("1.10")], None, [None]], pa.list_(pa.decimal128(20, 2))),
			"ll": pa.array([[[1], [2, 3]], None, []], pa.list_(pa.list_(pa.int32()))),
			"lls": pa.array([[["a", 'b"c'], None], None, [[]]], pa.list_(pa.list_(pa.string()))),
			"st": pa.array([{"a": 1, "B": "x"}, None, {"a": None, "B": "y"}], pa.struct([("a", pa.int32()), ("B", pa.string())])),
			"m": pa.array([[("k", D("1.10"))], None, []], pa.map_(pa.string(), pa.decimal128(20, 2))),
		},
		"empty": {"n": pa.array([], pa.int32()), "s": pa.array([], pa.string())},
		"nul": {"s": pa.array(["a", "b\0c"])},
	}


def main():
	root = pathlib.Path(sys.argv[1])
	shutil.rmtree(root, ignore_errors=True)
	root.mkdir(parents=True)

	for name, columns in types().items():
		pq.write_table(pa.table(columns), root / f"{name}.parquet")
	for year in (2020, 2021):
		for month in (1, 2):
			folder = root / "sales" / f"year={year}" / f"month={month:02}"
			folder.mkdir(parents=True)
			first = year * 10 + month
			pq.write_table(pa.table({"n": [first, first + 100000], "v": [f"{year}", None]}), folder / "part-0.parquet")
			(folder / "_SUCCESS").touch()
	pq.write_table(pa.table({"n": pa.array(range(200000)), "v": [f"v{i % 1000}" for i in range(200000)]}), root / "many.parquet",
		row_group_size=20000)
	# Other columns, another type under the same name, another order.
	(root / "unlike").mkdir()
	pq.write_table(pa.table({"a": [1], "b": ["x"]}), root / "unlike" / "1.parquet")
	pq.write_table(pa.table({"b": ["y"], "a": [2]}), root / "unlike" / "2.parquet")
	pq.write_table(pa.table({"a": [3], "c": [1.5]}), root / "unlike" / "3.parquet")

	# What is wrong with it is in its name.
	whole = (root / "many.parquet").read_bytes()
	(root / "cut.parquet").write_bytes(whole[:len(whole) // 2])
	(root / "hollow.parquet").write_bytes(b"")
	(root / "garbage.parquet").write_bytes(b"PAR1" + bytes(range(256)) * 10 + b"PAR1")

	texts = {
		"people.csv": 'id,name,note\n1,Anna,\n2,"B, ""x""",""\n3,Ünal,"two\nlines"\n',
		"semicolons.csv": "1;'a;b';\\N\n2;'it''s';x\n",
		"tabs.tsv": "id\tname\n1\ta,b\n",
		"header_only.csv": "id,name\n",
		"ragged.csv": "id,name\n1,a\n2,b,c\n",
		"short.csv": "id,name\n1,a\n2\n",
		"unclosed.csv": 'id,name\n1,"a\n2,b\n',
		"numbers.csv": "n\n1\nx\n",
		"case.csv": "a,A\n1,2\n",
		"mixed/1.csv": "a\n1\n",
		"unknown.dat": "a\n1\n",
	}
	for name, text in texts.items():
		(root / name).parent.mkdir(exist_ok=True)
		(root / name).write_text(text, encoding="utf-8")
	shutil.copy(root / "empty.parquet", root / "mixed" / "2.parquet")
	(root / "latin1.csv").write_bytes("id,name\n1,Zürich\n".encode("latin-1"))
	(root / "hollow.csv").write_bytes(b"")
	with gzip.open(root / "people.csv.gz", "wb") as file:
		file.write(texts["people.csv"].encode())
	# Two members, one behind the other; one that is cut at the end of a line; one with a wrong checksum.
	(root / "two.csv.gz").write_bytes(gzip.compress(b"n\n1\n") + gzip.compress(b"2\n3\n"))
	lines = b"n\n" + b"".join(b"%d\n" % number for number in range(100000))
	packed = gzip.compress(lines)
	(root / "cut.csv.gz").write_bytes(packed[:len(packed) // 2])
	(root / "tail.csv.gz").write_bytes(packed[:-8])
	(root / "sum.csv.gz").write_bytes(packed[:-8] + b"\0\0\0\0" + packed[-4:])
	(root / "more.csv.gz").write_bytes(packed + b"garbage")
	frames = pa.compress(lines, codec="zstd", asbytes=True)
	(root / "whole.csv.zst").write_bytes(frames)
	(root / "cut.csv.zst").write_bytes(frames[:len(frames) // 2])
	(root / "two.csv.zst").write_bytes(frames + pa.compress(b"100000\n", codec="zstd", asbytes=True))
	os.mkfifo(root / "fifo.csv")
	os.symlink("/etc/passwd", root / "out.csv")
	os.symlink("people.csv", root / "link.csv")


main()
