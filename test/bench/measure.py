"""
What is measured, by name: each a function (bench) -> list of Figures. The peers take turns, medians are kept.
"""

from groups import groups, join
from indexes import extremes, indexed, top
from lookup_joins import lookup_joins
from planning import planning
from scans import cancel, first_row, round_trips, scan, wide
from sources import sources

ALL = {"scan": scan, "wide": wide, "first_row": first_row, "indexed": indexed, "round_trips": round_trips,
	   "cancel": cancel, "top": top, "extremes": extremes, "groups": groups, "join": join, "lookup": lookup_joins,
	   "planning": planning, "sources": sources}
