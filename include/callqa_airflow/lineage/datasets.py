"""Data sets as OpenLineage names and describes them: the source's folder, the warehouse's tables.

Names follow OpenLineage's naming conventions: the namespace is where the data lies (`file`, `s3://bucket`), the name
its path there; what is inside a data set (a day) is no part of its name. No name holds a user, a password or a key.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pyarrow as pa
from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    base_subset_dataset,
    catalog_dataset,
    dataset_type_dataset,
    dataset_version_dataset,
    input_statistics_input_dataset,
    output_statistics_output_dataset,
    schema_dataset,
    storage_dataset,
    symlinks_dataset,
)

from callqa import arrow, contracts
from callqa.settings import LakeSettings, SourceSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import store

SAME = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "local": "file"}
"""Schemes that name the same place as another one."""
BUCKETS = ("s3", "gs", "oss", "abfs", "abfss", "wasb", "wasbs")
"""Stores whose names are keys of a bucket: without a slash before them."""
CONTAINERS = ("abfs", "abfss", "wasb", "wasbs")
"""Of these what stands before the @ is the container and no user."""
TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "string",
    pa.int64(): "long",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.binary(): "binary",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamptz",
}
"""Iceberg's names of the contract's types."""

Facet = TypeVar("Facet")


@functools.cache
def producer() -> str:
    """What made the events, as a package URL."""
    return f"pkg:generic/callqa@{version('callqa')}"


def made(kind: Callable[..., Facet], **values: Any) -> Facet:
    """A facet that says who made it."""
    return kind(producer=producer(), **values)


def name_of(address: str) -> tuple[str, str]:
    """Namespace and name of a folder, a file or an object store's prefix."""
    if "://" not in address:
        return "file", str(Path(address).absolute())
    parts = urlsplit(address.rpartition("::")[2])
    scheme, path = SAME.get(parts.scheme, parts.scheme), parts.path.rstrip("/")
    if scheme == "file":
        return "file", path or "/"
    return f"{scheme}://{_host(parts.netloc, scheme)}", (path.lstrip("/") if scheme in BUCKETS else path) or "/"


def _host(netloc: str, scheme: str) -> str:
    user, at, host = netloc.rpartition("@")
    return f"{user.partition(':')[0]}{at}{host}" if scheme in CONTAINERS else host


def address_of(namespace: str, name: str) -> str:
    """The two as one address again."""
    return name if namespace == "file" else f"{namespace}/{name.lstrip('/')}"


def source(settings: SourceSettings, day: str, sizes: list[int] | None = None) -> InputDataset:
    """The folder that holds the recordings, and which day of it is read; `sizes` of the day's files, bytes."""
    namespace, name = name_of(settings.root)
    folder = f"{address_of(namespace, name).rstrip('/')}/{day}"
    read = base_subset_dataset.LocationSubsetCondition(locations=[folder])
    facets: dict[str, Any] = {"subset": made(base_subset_dataset.InputSubsetInputDatasetFacet, inputCondition=read)}
    if sizes is not None:
        facets["inputStatistics"] = made(
            input_statistics_input_dataset.InputStatisticsInputDatasetFacet, size=sum(sizes), fileCount=len(sizes)
        )
    kind = made(dataset_type_dataset.DatasetTypeDatasetFacet, datasetType="FILE")
    return InputDataset(namespace, name, facets={"datasetType": kind}, inputFacets=facets)


def published(lake: LakeSettings, table: str, day: str, snapshot: int) -> InputDataset:
    """A day of a table of the warehouse that is read, at a snapshot."""
    namespace, name = _place(lake, table)
    subset = made(base_subset_dataset.InputSubsetInputDatasetFacet, inputCondition=_partition(day))
    facets = {**described(lake, table), "version": _version(snapshot)}
    return InputDataset(namespace, name, facets=facets, inputFacets={"subset": subset})


def written(
    lake: LakeSettings, table: str, day: str, facets: Mapping[str, DatasetFacet], **counts: int
) -> OutputDataset:
    """A day of a table of the warehouse that is written; `counts` as in outputStatistics: rowCount, size, fileCount."""
    namespace, name = _place(lake, table)
    out: dict[str, Any] = {
        "subset": made(base_subset_dataset.OutputSubsetOutputDatasetFacet, outputCondition=_partition(day))
    }
    if counts:
        out["outputStatistics"] = made(output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet, **counts)
    return OutputDataset(namespace, name, facets={**described(lake, table), **facets}, outputFacets=out)


def _place(lake: LakeSettings, table: str) -> tuple[str, str]:
    return name_of(f"{store.location(lake)}/tables/{table}")


def _partition(day: str) -> base_subset_dataset.PartitionSubsetCondition:
    return base_subset_dataset.PartitionSubsetCondition(
        partitions=[base_subset_dataset.Partition(dimensions={"call_date": day})]
    )


def _version(snapshot: int) -> DatasetFacet:
    return made(dataset_version_dataset.DatasetVersionDatasetFacet, datasetVersion=str(snapshot))


def at(snapshot: int) -> dict[str, DatasetFacet]:
    """The facet that names a table's snapshot."""
    return {"version": _version(snapshot)}


def described(lake: LakeSettings, table: str) -> dict[str, DatasetFacet]:
    """What is so of a table whatever is in it: columns, format, catalog, and its name there."""
    catalog = _catalog(lake)
    known_as = symlinks_dataset.Identifier(
        namespace=catalog.metadataUri or catalog.name, name=f"{catalogs.NAMESPACE}.{table}", type="TABLE"
    )
    return {
        "schema": made(schema_dataset.SchemaDatasetFacet, fields=_fields(arrow.schema_of(contracts.TABLES[table]))),
        "storage": made(storage_dataset.StorageDatasetFacet, storageLayer="iceberg", fileFormat="parquet"),
        "catalog": catalog,
        "symlinks": made(symlinks_dataset.SymlinksDatasetFacet, identifiers=[known_as]),
    }


def _catalog(lake: LakeSettings) -> catalog_dataset.CatalogDatasetFacet:
    return made(
        catalog_dataset.CatalogDatasetFacet,
        framework="iceberg",
        type=_catalog_type(lake),
        name=catalogs.NAME,
        metadataUri=_catalog_uri(lake),
        warehouseUri=address_of(*name_of(store.location(lake))),
        source="callqa",
    )


def _catalog_type(lake: LakeSettings) -> str:
    """As Iceberg's engines call them; PyIceberg's SQL catalog keeps the tables of Iceberg's JDBC catalog."""
    if lake.catalog_uri.startswith(("http://", "https://")):
        return "rest"
    kind = lake.properties.get("type", "sql")
    return "jdbc" if kind == "sql" else kind


def _catalog_uri(lake: LakeSettings) -> str | None:
    if not lake.catalog_uri:
        return None if "type" in lake.properties else f"sqlite://{catalogs.folder(lake) / 'catalog.db'}"
    parts = urlsplit(lake.catalog_uri)
    return f"{parts.scheme.partition('+')[0]}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _fields(fields: Any) -> list[schema_dataset.SchemaDatasetFacetFields]:
    return [_field(field.name, field.type) for field in fields]


def _field(name: str, kind: pa.DataType) -> schema_dataset.SchemaDatasetFacetFields:
    """A column; what is inside it is named as OpenLineage's integrations do, `_element`, `_key` and `_value`."""
    field = functools.partial(schema_dataset.SchemaDatasetFacetFields, name=name)
    if pa.types.is_struct(kind):
        return field(type="struct", fields=_fields(kind))
    if pa.types.is_list(kind):
        return field(type="array", fields=[_field("_element", kind.value_type)])
    if pa.types.is_map(kind):
        return field(type="map", fields=[_field("_key", kind.key_type), _field("_value", kind.item_type)])
    return field(type=TYPES[kind])
