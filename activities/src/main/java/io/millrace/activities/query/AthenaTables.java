package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.StoredTable.Format;

/**
 * External tables over a store's objects.
 *
 * <p>Parquet is read by columns' places ({@code parquet.column.index.access}), as Glue knows lower
 * case alone. A log is lines of text (fields end at {@code ^A} when nothing is said, which JSON
 * never has unescaped), of which SQL takes what it needs, and its folders are projected: no
 * crawler, no {@code MSCK REPAIR}, and a condition on {@code dt} and {@code hr} lists those folders
 * only.
 */
final class AthenaTables {
  /** Stands where the table's name will. */
  static final String NAME = "{name}";

  /** The first day that can have a folder. */
  private static final String FIRST_DAY = "2020-01-01";

  private AthenaTables() {}

  /**
   * The statement that creates it unless it is there.
   *
   * @param location of the prefix, {@code s3://…/}
   */
  static String definition(StoredTable table, String location) {
    String folder = location.endsWith("/") ? location : location + "/";
    return table.format() == Format.PARQUET
        ? """
        CREATE EXTERNAL TABLE IF NOT EXISTS %s (%s)
        ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
        WITH SERDEPROPERTIES ('parquet.column.index.access' = 'true')
        STORED AS PARQUET
        LOCATION %s\
        """
            .formatted(
                NAME,
                DuckDb.list(
                    table.fields().size(),
                    i -> TableSql.place((int) i) + " " + table.fields().get((int) i).type()),
                DuckDb.text(folder))
        : """
        CREATE EXTERNAL TABLE IF NOT EXISTS %s (line string)
        PARTITIONED BY (dt string, hr string)
        STORED AS TEXTFILE
        LOCATION %s
        TBLPROPERTIES (
          'projection.enabled' = 'true',
          'projection.dt.type' = 'date',
          'projection.dt.format' = 'yyyy-MM-dd',
          'projection.dt.range' = '%s,NOW+1DAYS',
          'projection.hr.type' = 'enum',
          'projection.hr.values' = '%s',
          'storage.location.template' = %s)\
        """
            .formatted(
                NAME,
                DuckDb.text(folder),
                FIRST_DAY,
                hours(),
                DuckDb.text(folder + "dt=${dt}/hr=${hr}/"));
  }

  /**
   * The statement that creates a table of one column, {@code line}, of the lines of texts.
   *
   * @param folder of the texts, {@code s3://…/}
   */
  static String lines(String folder) {
    return """
    CREATE EXTERNAL TABLE IF NOT EXISTS %s (line string)
    STORED AS TEXTFILE
    LOCATION %s\
    """
        .formatted(NAME, DuckDb.text(folder));
  }

  private static String hours() {
    StringBuilder hours = new StringBuilder();
    for (int hour = 0; hour < 24; hour++) {
      hours.append(hour == 0 ? "" : ",").append("%02d".formatted(hour));
    }
    return hours.toString();
  }
}
