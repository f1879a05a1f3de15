-- Exported days as tables of a DuckDB file: Metabase, Superset and notebooks read them without Iceberg.
-- Run it in the folder that `callqa warehouse export --format parquet --out .` wrote to; then views.sql.
create or replace view calls as
select * from read_parquet('*/parquet/calls.parquet', union_by_name = true);

create or replace view turns as
select * from read_parquet('*/parquet/turns.parquet', union_by_name = true);

create or replace view events as
select * from read_parquet('*/parquet/events.parquet', union_by_name = true);

create or replace view findings as
select * from read_parquet('*/parquet/findings.parquet', union_by_name = true);
