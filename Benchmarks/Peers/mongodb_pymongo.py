#!/usr/bin/env python3
"""What pymongo makes of the documents that `bosdb-bench --only 'mongo.*'` uses, to be read beside it in the same minutes.

    pip install pymongo
    BOSDB_BENCH_MONGODB_URL=mongodb://... Benchmarks/Peers/mongodb_pymongo.py [rounds]
"""

import datetime
import os
import random
import statistics
import sys
import time

from pymongo import MongoClient

DOCUMENTS = 200_000
LOOK_UPS = 5_000
EPOCH = datetime.datetime(1970, 1, 1)


def document(number):
    return {
        "_id": number,
        "name": f"customer {number}",
        "age": number % 90,
        "balance": number * 0.25,
        "active": number % 2 == 0,
        "joined": EPOCH + datetime.timedelta(milliseconds=1_600_000_000_000 + number),
        "visits": number * 1000,
        "address": {"city": "Vaduz", "zip": 9490, "place": {"lat": 47.14, "lon": 9.52}},
        "tags": ["new", "vip"],
    }


def read_every_field(value):
    """Touches each value, as the other side does."""
    total = 0
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            total += read_every_field(item)
        elif isinstance(item, str):
            total += len(item)
        elif isinstance(item, datetime.datetime):
            total += 1
        else:
            total += int(item)
    return total


def measure(collection):
    collection.drop()
    start = time.perf_counter()
    for first in range(1, DOCUMENTS + 1, 10_000):
        collection.insert_many([document(number) for number in range(first, min(first + 10_000, DOCUMENTS + 1))])
    inserted = DOCUMENTS / (time.perf_counter() - start)

    start = time.perf_counter()
    count = 0
    for found in collection.find().batch_size(1_000):
        read_every_field(found)
        count += 1
    streamed = count / (time.perf_counter() - start)

    times = []
    for number in (random.randint(1, DOCUMENTS) for _ in range(LOOK_UPS)):
        start = time.perf_counter()
        read_every_field(collection.find_one({"_id": number}))
        times.append(time.perf_counter() - start)
    print(
        f"insert {inserted / 1_000:.0f} k/s, stream {streamed / 1_000:.0f} k/s, "
        f"find by _id {statistics.median(times) * 1e6:.0f} µs (p50)"
    )
    collection.drop()


if __name__ == "__main__":
    collection = MongoClient(os.environ["BOSDB_BENCH_MONGODB_URL"]).get_default_database()["bosdb_peer"]
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        measure(collection)
