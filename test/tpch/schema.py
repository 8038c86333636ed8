"""
The eight tables of TPC-H, said once and written as MariaDB's and as PostgreSQL's statements.

Keys are integers, money and quantities DECIMAL(15,2), every column NOT NULL: as the specification has them.
"""

import dataclasses

DATABASE = "tpch"
MONEY = "decimal(15,2)"


@dataclasses.dataclass(frozen=True)
class Table:
	name: str
	columns: tuple     # (name, type)
	key: tuple         # the primary key
	indexes: tuple     # further indexes: the columns of foreign keys that no key begins with

	def create(self, schema):
		"""Says the same in both dialects: the types are written alike."""
		columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in self.columns)
		return f"CREATE TABLE {schema}.{self.name} ({columns}, PRIMARY KEY ({', '.join(self.key)}))"

	def create_indexes(self, schema):
		for columns in self.indexes:
			yield f"CREATE INDEX {'_'.join((self.name, *columns))} ON {schema}.{self.name} ({', '.join(columns)})"


def table(name, key, indexes, columns):
	pairs = tuple((name, MONEY if kind == "money" else kind)
				  for name, kind in (line.split() for line in columns.strip().splitlines()))
	return Table(name, pairs, tuple(key.split()), tuple(tuple(index.split()) for index in indexes))


TABLES = (
	table("region", "r_regionkey", [], """
		r_regionkey int
		r_name char(25)
		r_comment varchar(152)"""),
	table("nation", "n_nationkey", ["n_regionkey"], """
		n_nationkey int
		n_name char(25)
		n_regionkey int
		n_comment varchar(152)"""),
	table("supplier", "s_suppkey", ["s_nationkey"], """
		s_suppkey int
		s_name char(25)
		s_address varchar(40)
		s_nationkey int
		s_phone char(15)
		s_acctbal money
		s_comment varchar(101)"""),
	table("part", "p_partkey", [], """
		p_partkey int
		p_name varchar(55)
		p_mfgr char(25)
		p_brand char(10)
		p_type varchar(25)
		p_size int
		p_container char(10)
		p_retailprice money
		p_comment varchar(23)"""),
	table("partsupp", "ps_partkey ps_suppkey", ["ps_suppkey"], """
		ps_partkey int
		ps_suppkey int
		ps_availqty int
		ps_supplycost money
		ps_comment varchar(199)"""),
	table("customer", "c_custkey", ["c_nationkey"], """
		c_custkey int
		c_name varchar(25)
		c_address varchar(40)
		c_nationkey int
		c_phone char(15)
		c_acctbal money
		c_mktsegment char(10)
		c_comment varchar(117)"""),
	table("orders", "o_orderkey", ["o_custkey"], """
		o_orderkey bigint
		o_custkey int
		o_orderstatus char(1)
		o_totalprice money
		o_orderdate date
		o_orderpriority char(15)
		o_clerk char(15)
		o_shippriority int
		o_comment varchar(79)"""),
	table("lineitem", "l_orderkey l_linenumber", ["l_partkey l_suppkey", "l_suppkey"], """
		l_orderkey bigint
		l_partkey int
		l_suppkey int
		l_linenumber int
		l_quantity money
		l_extendedprice money
		l_discount money
		l_tax money
		l_returnflag char(1)
		l_linestatus char(1)
		l_shipdate date
		l_commitdate date
		l_receiptdate date
		l_shipinstruct char(25)
		l_shipmode char(10)
		l_comment varchar(44)"""),
)
