"""Groups payments with DuckDB: bench_duckdb.py FILE COUNT RUNS prints a line for 1 and 2 threads.

The table is DuckDB's own and loaded before anything is measured. What is measured is less than our
replay does: per merchant the count, the sum, the latest time and the last outcome; and the mix by
institution, hour, tier and outcome. No checksum is verified, nothing is joined.
"""

import sys
import time

import duckdb

LOAD = """
CREATE TABLE payment AS SELECT
  i AS position,
  1726070400000 + i * 3 AS time_ms,
  (hash(i) % {merchants})::INTEGER AS merchant,
  (hash(i + 1000000007) % 4)::UTINYINT AS institution,
  (hash(i + 2000000011) % 6)::UTINYINT AS tier,
  (CASE WHEN hash(i + 3000000019) % 50 = 0 THEN 1 ELSE 0 END)::UTINYINT AS outcome,
  (hash(i + 4000000007) % 50000 + 1)::BIGINT AS amount,
  '4200002345202409' || lpad(i::VARCHAR, 12, '0') AS trans,
  '2267812' || lpad(i::VARCHAR, 12, '0') AS orders,
  '9f86' || lpad((hash(i + 5000000029) % 1000000)::VARCHAR, 12, '0') AS account
FROM range({count}) t(i)
"""
QUERIES = [
    """
SELECT count(*), sum(n), sum(total), max(latest), sum(last) FROM (
  SELECT merchant, count(*) AS n, sum(amount) AS total, max(time_ms) AS latest,
    arg_max(outcome, position) AS last
  FROM payment GROUP BY merchant)
""", """
SELECT count(*), sum(n), sum(total) FROM (
  SELECT institution, time_ms // 3600000 AS hour, tier, outcome, count(*) AS n,
    sum(amount) AS total
  FROM payment GROUP BY ALL)
"""]
MERCHANTS = 100_000


def main():
    path, count, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    base = duckdb.connect(path)
    base.execute(LOAD.format(count=count, merchants=MERCHANTS))
    base.execute("CHECKPOINT")
    for threads in (1, 2):
        base.execute(f"SET threads = {threads}")
        took = []
        for _ in range(runs):
            start = time.monotonic()
            for query in QUERIES:
                base.execute(query).fetchall()
            took.append(time.monotonic() - start)
        print(threads, *took, flush=True)
    base.close()


if __name__ == "__main__":
    main()
