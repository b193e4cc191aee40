"""Makes taxi trips like New York City's green cabs of January 2016: same columns, ranges and fare rules.

Writes train.csv and valid.csv beside this file. The same seed gives the same bytes. Standard library only.
"""

import argparse
import csv
import math
import random
from datetime import datetime, timedelta
from pathlib import Path

COLUMNS = [
    "vendorID",
    "lpepPickupDatetime",
    "lpepDropoffDatetime",
    "passengerCount",
    "tripDistance",
    "puLocationId",
    "doLocationId",
    "pickupLongitude",
    "pickupLatitude",
    "dropoffLongitude",
    "dropoffLatitude",
    "rateCodeID",
    "storeAndFwdFlag",
    "paymentType",
    "fareAmount",
    "extra",
    "mtaTax",
    "improvementSurcharge",
    "tipAmount",
    "tollsAmount",
    "ehailFee",
    "totalAmount",
    "tripType",
]
FIRST_MOMENT = datetime(2016, 1, 1)
DAYS = 30
# Trips by the hour of day: few before dawn, most in the evening.
HOURS = [5, 4, 3, 2, 2, 1, 2, 3, 4, 4, 4, 4, 4, 4, 5, 5, 6, 6, 7, 7, 6, 6, 6, 5]
STANDARD, JFK, NEWARK, NASSAU, NEGOTIATED = 1, 2, 3, 4, 5
RATE_CODES = [STANDARD, JFK, NEWARK, NASSAU, NEGOTIATED]
RATE_WEIGHTS = [9746, 28, 6, 6, 214]
CARD, CASH, NO_CHARGE, DISPUTE = 1, 2, 3, 4
TOLL = 5.54
MILES_PER_DEGREE_NORTH = 69.0
MILES_PER_DEGREE_EAST = 52.3


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=int, default=8000, help="rows of train.csv")
    parser.add_argument("--valid", type=int, default=2000, help="rows of valid.csv")
    parser.add_argument("--seed", type=int, default=2016)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    source = random.Random(args.seed)
    for name, rows in (("train.csv", args.train), ("valid.csv", args.valid)):
        write_trips(args.output / name, (make_trip(source) for _ in range(rows)))
        print(f"{args.output / name}: {rows} trips")


def write_trips(path, trips):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(trips)


def make_trip(source):
    rate = source.choices(RATE_CODES, RATE_WEIGHTS)[0]
    pickup = pickup_time(source)
    miles = trip_miles(source, rate)
    minutes = trip_minutes(source, miles, pickup.hour)
    fare = fare_of(source, rate, miles, minutes)
    extra = surcharge(pickup) if rate == STANDARD else 0.0
    tax, improvement = (0.0, 0.0) if rate == NEGOTIATED else (0.5, 0.3)
    tolls = TOLL if miles > 8 and source.random() < 0.12 else 0.0
    payment = source.choices([CARD, CASH, NO_CHARGE, DISPUTE], [483, 511, 4, 2])[0]
    due = fare + extra + tax + improvement + tolls
    tip = tip_of(source, due) if payment == CARD else 0.0
    start = (source.gauss(-73.94, 0.035), source.gauss(40.75, 0.05))
    return {
        "vendorID": source.choices([1, 2], [22, 78])[0],
        "lpepPickupDatetime": pickup.isoformat(sep=" "),
        "lpepDropoffDatetime": (pickup + timedelta(minutes=minutes)).isoformat(sep=" ", timespec="seconds"),
        "passengerCount": source.choices([1, 2, 3, 4, 5, 6], [855, 66, 21, 6, 36, 16])[0],
        "tripDistance": round(miles, 2),
        **coordinates(source, start, miles),
        "rateCodeID": rate,
        "storeAndFwdFlag": "Y" if source.random() < 0.005 else "N",
        "paymentType": payment,
        "fareAmount": fare,
        "extra": extra,
        "mtaTax": tax,
        "improvementSurcharge": improvement,
        "tipAmount": tip,
        "tollsAmount": tolls,
        "totalAmount": round(due + tip, 2),
        "tripType": 2.0 if rate == NEGOTIATED else 1.0,
    }


def pickup_time(source):
    hour = source.choices(range(24), HOURS)[0]
    return FIRST_MOMENT + timedelta(
        days=source.randrange(DAYS), hours=hour, minutes=source.randrange(60), seconds=source.randrange(60)
    )


def trip_miles(source, rate):
    """Half of the trips are shorter than two miles, one in a hundred is longer than fourteen."""
    if rate == JFK:
        return max(10.0, source.gauss(17.0, 2.0))
    if rate == NEWARK:
        return max(12.0, source.gauss(17.5, 2.5))
    return min(31.0, source.lognormvariate(math.log(1.85), 0.85))


def trip_minutes(source, miles, hour):
    is_busy = 7 <= hour <= 19
    miles_per_hour = source.gauss(10.5 if is_busy else 13.5, 2.0) + 1.1 * min(miles, 12)
    return max(0.5, 60 * miles / max(4.0, miles_per_hour) + source.expovariate(1 / 1.5))


def fare_of(source, rate, miles, minutes):
    """The meter: 2.50 to start, 0.50 for each fifth of a mile, 0.50 for each minute of standing."""
    if rate == JFK:
        return 52.0
    if rate == NEGOTIATED:
        return float(source.choice([8, 10, 10, 12, 15, 20, 25, 30, 40]))
    standing = 0.22 * minutes
    units = math.floor(miles * 5) + math.floor(standing)
    return 2.5 + 0.5 * units + (17.5 if rate == NEWARK else 0.0)


def surcharge(pickup):
    if pickup.hour >= 20 or pickup.hour < 6:
        return 0.5
    return 1.0 if pickup.weekday() < 5 and 16 <= pickup.hour < 20 else 0.0


def tip_of(source, due):
    share = source.choices([0.0, 0.1, 0.15, 0.2, 0.25], [18, 10, 14, 50, 8])[0]
    return round(due * share, 2)


def coordinates(source, start, miles):
    """A place to set down that lies as far from the start as streets allow; a few trips have no fix."""
    if source.random() < 0.002:
        return dict.fromkeys(["pickupLongitude", "pickupLatitude", "dropoffLongitude", "dropoffLatitude"], 0.0)
    angle = source.uniform(0, 2 * math.pi)
    reach = miles * source.uniform(0.65, 0.85)
    return {
        "pickupLongitude": start[0],
        "pickupLatitude": start[1],
        "dropoffLongitude": start[0] + reach * math.cos(angle) / MILES_PER_DEGREE_EAST,
        "dropoffLatitude": start[1] + reach * math.sin(angle) / MILES_PER_DEGREE_NORTH,
    }


if __name__ == "__main__":
    main()
