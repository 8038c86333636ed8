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


def write_texts(folder):
	"""JSON, and CSV that is told more of."""
	records = [
		'{"id": 1, "name": "ann", "price": 1.10, "tags": ["a", "b\\"c", null], "at": "2024-01-02T03:04:05Z", "ok": true, '
		'"d": {"x": [1, 2.50]}, "big": 18446744073709551616}',
		"",
		'{"id": 2, "name": "b\\u00e9\\ud83d\\ude00", "price": 12345678901234567890.1234567890123, "tags": [], '
		'"at": "2024-01-02T03:04:05.25+01:00", "ok": false, "d": null}',
		'  {"price": 1e2, "id": 9223372036854775807, "name": "", "later": "x", "id": -1}\r',
		"{}",
	]
	lines = "\n".join(records)
	texts = {
		"records.jsonl": lines,
		"marked.jsonl": "\ufeff" + lines,
		"array.json": ' [ {"Id": 1, "id": "x", "v": "2024-02-29"},\n{"Id": 2, "id": null, "v": "2024-01-01"} , {"Id":3} ]\n',
		"sequence.json": '{"a":1}{"a":[2]}\n\n{"a":"x"}',
		"none.json": "[ ]",
		"none.jsonl": "",
		"arrays.jsonl": '{"n": [1, null, 3], "t": ["a,b", "\\"\\\\", "NULL", null], "j": [{"x": 1}, "s", null], '
		'"m": [[1, 2], [3, 4]]}\n{"n": [], "t": "{x,y}", "j": null, "m": [[]]}\n',
		"bad/word.jsonl": '{"a":1}\n{"a":tru}\n',
		"bad/comma.jsonl": '{"a":1}\n{"b":1 "a":2}\n',
		"bad/trailing.jsonl": '{"a":1,}\n',
		"bad/list.jsonl": '{"a":1}\n\n[1]\n',
		"bad/open.jsonl": '{"a":1}\n{"a":"x',
		"bad/two.jsonl": '{"a":1} {"a":2}\n',
		"bad/zero.jsonl": '{"a":01}\n',
		"bad/nul.jsonl": '{"a":"\\u0000"}\n',
		"bad/surrogate.jsonl": '{"a":"\\ud800"}\n',
		"bad/deep.jsonl": '{"a":' + "[" * 600 + "]" * 600 + "}\n",
		"bad/long.jsonl": '{"a":1}\n{"a":"' + "x" * 9000000 + '"}\n',
		"bad/unclosed.json": '[{"a":1},\n{"a":2}',
		"bad/comma.json": '[{"a":1}\n{"a":2}]',
		"bad/behind.json": '[{"a":1}] {"a":2}',
		"typed.csv": "i,n,zip,d,t,z,b,u,s,e\n"
		"1,1.50,01234,2024-02-29,2024-01-01 00:00:00,2024-01-01T00:00:00Z,true,6ba7b810-9dad-11d1-80b4-00c04fd430c8,a,\n"
		"-9223372036854775808,2,00000,0001-01-01,2024-01-01T23:59:59.999999,2024-01-01 00:00:00+05:30,false,,,\n"
		",,,,,,,,,\n",
		"nearly.csv": "i,d,t,q,x\n9223372036854775808,2023-02-29,24:00:00,1,+1\n1,2024-01-01,00:00:00,\"\",1e5\n",
		"dates.csv": "d,t,n\n31.12.2023,31.12.2023 23:59:59.5,1\n,,2\n",
		"late.csv": "n\n" + "1\n" * 2100000 + "x\n",
		"places/n=1/1.csv": 'a,v\n1,10\n2,"2\n0"\n',
		"places/n=2/2.csv": "a,v\n3,30\n\n4,abc\n",
		"places/n=2/3.csv": "a,v\n5,abc\n",
		"places.jsonl": '{"l": [1, 2]}\n{"l": ["3", "x"]}\n',
		"names.csv": "filename,row_number\nx,y\n",
		"union/k=1/1.csv": "a,b\n1,x\n",
		"union/k=x/2.csv": "b,c\ny,2.5\nz,\n",
		"union/k=7/3.csv": "a,b\n3,w\n",
		"ends.csv": 'a,b\r\n1,"x\ny"\r\n2,z\n3,w\r\n',
		"hive/day=2024-01-01/a.jsonl": '{"n": 1, "day": "not this"}\n',
		"hive/day=2024-01-02/b.ndjson": '{"n": 2}\n{"n": 3}\n',
	}
	for name, text in texts.items():
		(folder / name).parent.mkdir(parents=True, exist_ok=True)
		(folder / name).write_text(text, encoding="utf-8", newline="")
	(folder / "bad" / "bytes.jsonl").write_bytes(b'{"a":"\xff"}\n')
	(folder / "records.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
	(folder / "cut.jsonl.gz").write_bytes(gzip.compress(lines.encode())[:-12])
	chinese = "编号,名字\n1,中文字符\n2,北京\n"
	(folder / "gbk.csv").write_bytes(chinese.encode("gbk"))
	(folder / "utf16.csv.gz").write_bytes(gzip.compress(chinese.encode("utf-16")))
	(folder / "gbk.csv.gz").write_bytes(gzip.compress(chinese.encode("gbk")))
	(folder / "gbk.jsonl").write_bytes('{"城市": "北京"}\n'.encode("gbk"))
	(folder / "notgbk.csv").write_bytes(b"a\nx\n\xff\xff\n")
	with open(folder / "parts.jsonl", "w", encoding="ascii") as file:
		for number in range(200000):
			file.write('{"a": %d, "b": "%s"}\n' % (number, "y" * (number % 97)))


def write_others(folder):
	"""Parquet files of one table that differ, and what the engine would round."""
	for name, table in {
		"whole/1": {"a": pa.array([1], pa.int32())},
		"whole/2": {"a": pa.array([2**40], pa.int64())},
		"kinds/1": {"a": pa.array([1], pa.int64())},
		"kinds/2": {"a": pa.array([1.5], pa.float64())},
		"turned/1": {"a": pa.array([1], pa.int64())},
		"turned/2": {"A": pa.array([1.5], pa.float64())},
		"wide": {"a": pa.array([1]), "d": pa.array([D("1" * 50 + ".25")], pa.decimal256(76, 2))},
		"case": {"a": pa.array([1]), "A": pa.array([2]), "b": pa.array([3])},
		"numbered": {"row_number": pa.array([7])},
	}.items():
		path = folder / (name + ".parquet")
		path.parent.mkdir(parents=True, exist_ok=True)
		pq.write_table(pa.table(table), path)


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
	write_texts(root / "text")
	write_others(root / "others")
	os.mkfifo(root / "fifo.csv")
	os.symlink("/etc/passwd", root / "out.csv")
	os.symlink("people.csv", root / "link.csv")


main()
